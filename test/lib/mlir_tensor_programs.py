#!/usr/bin/env python3
"""Writes tensor programs for the tests and the benchmark, of any size.

usage: mlir_tensor_programs.py matmul|stencil|image SIZE [ROUNDS] > program.mlir

  matmul   C += A * B, SIZE x SIZE, in tiles; each tile of A and B is packed, that
           is copied into a buffer of its own, before it is used
  stencil  ROUNDS steps of a 3 x 3 mean; each keeps a copy of the grid before it
  image    per frame: keep a copy, brighten, blur, and compare with the copy

main prints a checksum, and with ROUNDS given the seconds that the rounds took.
All values are small integers, so that the sums are exact in any order.
"""

import sys

MAPS = """#id = affine_map<(i, j) -> (i, j)>
#scalar = affine_map<(i, j) -> ()>
#a = affine_map<(i, k, j) -> (i, k)>
#b = affine_map<(i, k, j) -> (k, j)>
#c = affine_map<(i, k, j) -> (i, j)>
#in = affine_map<(i, j, y, x) -> (i + y, j + x)>
#window = affine_map<(i, j, y, x) -> (y, x)>
#out = affine_map<(i, j, y, x) -> (i, j)>
"""

# A tensor of (3 i + 5 j + seed) mod 7, and the sum of a tensor.
COMMON = """
func.func private @printF64(f64)
func.func private @printNewline()
func.func private @rtclock() -> f64
func.func private @make(%seed: index) -> tensor<{n}x{n}xf32> {{
  %e = tensor.empty() : tensor<{n}x{n}xf32>
  %r = linalg.generic {{indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}}
      outs(%e : tensor<{n}x{n}xf32>) {{
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %three = arith.constant 3 : index
    %five = arith.constant 5 : index
    %seven = arith.constant 7 : index
    %x = arith.muli %i, %three : index
    %y = arith.muli %j, %five : index
    %s = arith.addi %x, %y : index
    %t = arith.addi %s, %seed : index
    %u = arith.remui %t, %seven : index
    %v = arith.index_cast %u : index to i32
    %w = arith.sitofp %v : i32 to f32
    linalg.yield %w : f32
  }} -> tensor<{n}x{n}xf32>
  return %r : tensor<{n}x{n}xf32>
}}
func.func private @sum(%t: tensor<{n}x{n}xf32>) -> f64 {{
  %z = arith.constant dense<0.0> : tensor<f64>
  %r = linalg.generic {{indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}}
      ins(%t : tensor<{n}x{n}xf32>) outs(%z : tensor<f64>) {{
  ^bb0(%x: f32, %s: f64):
    %w = arith.extf %x : f32 to f64
    %n = arith.addf %s, %w : f64
    linalg.yield %n : f64
  }} -> tensor<f64>
  %v = tensor.extract %r[] : tensor<f64>
  return %v : f64
}}
"""

MATMUL = """
func.func private @kernel(%a: tensor<{n}x{n}xf32> {{llvm.noalias}},
    %b: tensor<{n}x{n}xf32> {{llvm.noalias}}, %c: tensor<{n}x{n}xf32> {{llvm.noalias}})
    -> tensor<{n}x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %size = arith.constant {n} : index
  %tile = arith.constant {t} : index
  %r = scf.for %k = %c0 to %size step %tile iter_args(%ck = %c) -> tensor<{n}x{n}xf32> {{
    %bk = tensor.extract_slice %b[%k, 0] [{t}, {n}] [1, 1] : tensor<{n}x{n}xf32> to tensor<{t}x{n}xf32>
    %be = tensor.empty() : tensor<{t}x{n}xf32>
    %bp = linalg.copy ins(%bk : tensor<{t}x{n}xf32>) outs(%be : tensor<{t}x{n}xf32>) -> tensor<{t}x{n}xf32>
    %ri = scf.for %i = %c0 to %size step %tile iter_args(%ci = %ck) -> tensor<{n}x{n}xf32> {{
      %ai = tensor.extract_slice %a[%i, %k] [{t}, {t}] [1, 1] : tensor<{n}x{n}xf32> to tensor<{t}x{t}xf32>
      %ae = tensor.empty() : tensor<{t}x{t}xf32>
      %ap = linalg.copy ins(%ai : tensor<{t}x{t}xf32>) outs(%ae : tensor<{t}x{t}xf32>) -> tensor<{t}x{t}xf32>
      %cs = tensor.extract_slice %ci[%i, 0] [{t}, {n}] [1, 1] : tensor<{n}x{n}xf32> to tensor<{t}x{n}xf32>
      %m = linalg.generic {{indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]}}
          ins(%ap, %bp : tensor<{t}x{t}xf32>, tensor<{t}x{n}xf32>) outs(%cs : tensor<{t}x{n}xf32>) {{
      ^bb0(%x: f32, %y: f32, %z: f32):
        %p = arith.mulf %x, %y : f32
        %s = arith.addf %z, %p : f32
        linalg.yield %s : f32
      }} -> tensor<{t}x{n}xf32>
      %cn = tensor.insert_slice %m into %ci[%i, 0] [{t}, {n}] [1, 1] : tensor<{t}x{n}xf32> into tensor<{n}x{n}xf32>
      scf.yield %cn : tensor<{n}x{n}xf32>
    }}
    scf.yield %ri : tensor<{n}x{n}xf32>
  }}
  return %r : tensor<{n}x{n}xf32>
}}
"""

# The mean of 3 x 3, as a sum, into the inner part of %onto.
BLUR = """
func.func private @blur(%g: tensor<{n}x{n}xf32>, %onto: tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32> {{
  %w = tensor.empty() : tensor<3x3xf32>
  %inner = tensor.extract_slice %onto[1, 1] [{m}, {m}] [1, 1] : tensor<{n}x{n}xf32> to tensor<{m}x{m}xf32>
  %zero = arith.constant 0.0 : f32
  %z = linalg.fill ins(%zero : f32) outs(%inner : tensor<{m}x{m}xf32>) -> tensor<{m}x{m}xf32>
  %s = linalg.generic {{indexing_maps = [#in, #window, #out],
                       iterator_types = ["parallel", "parallel", "reduction", "reduction"]}}
      ins(%g, %w : tensor<{n}x{n}xf32>, tensor<3x3xf32>) outs(%z : tensor<{m}x{m}xf32>) {{
  ^bb0(%x: f32, %u: f32, %o: f32):
    %t = arith.addf %o, %x : f32
    linalg.yield %t : f32
  }} -> tensor<{m}x{m}xf32>
  %r = tensor.insert_slice %s into %onto[1, 1] [{m}, {m}] [1, 1] : tensor<{m}x{m}xf32> into tensor<{n}x{n}xf32>
  return %r : tensor<{n}x{n}xf32>
}}
"""

STENCIL = BLUR + """
func.func private @kernel(%g: tensor<{n}x{n}xf32> {{llvm.noalias}}, %b: tensor<{n}x{n}xf32> {{llvm.noalias}}, %d: tensor<{n}x{n}xf32> {{llvm.noalias}})
    -> tensor<{n}x{n}xf32> {{
  %e = tensor.empty() : tensor<{n}x{n}xf32>
  %before = linalg.copy ins(%g : tensor<{n}x{n}xf32>) outs(%e : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %s = func.call @blur(%before, %d) : (tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %r = linalg.add ins(%s, %before : tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>)
      outs(%s : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  return %r : tensor<{n}x{n}xf32>
}}
"""

IMAGE = BLUR + """
func.func private @kernel(%frame: tensor<{n}x{n}xf32> {{llvm.noalias}}, %light: tensor<{n}x{n}xf32> {{llvm.noalias}}, %d: tensor<{n}x{n}xf32> {{llvm.noalias}})
    -> tensor<{n}x{n}xf32> {{
  %e = tensor.empty() : tensor<{n}x{n}xf32>
  %kept = linalg.copy ins(%frame : tensor<{n}x{n}xf32>) outs(%e : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %f = tensor.empty() : tensor<{n}x{n}xf32>
  %bright = linalg.add ins(%frame, %light : tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>)
      outs(%f : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %smooth = func.call @blur(%bright, %d) : (tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  %r = linalg.sub ins(%smooth, %kept : tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>)
      outs(%smooth : tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
  return %r : tensor<{n}x{n}xf32>
}}
"""

MAIN = """
func.func @main() -> i32 {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %rounds = arith.constant {rounds} : index
  %a = call @make(%c0) : (index) -> tensor<{n}x{n}xf32>
  %b = call @make(%c1) : (index) -> tensor<{n}x{n}xf32>
  %c = call @make(%c2) : (index) -> tensor<{n}x{n}xf32>
  %begin = call @rtclock() : () -> f64
  %r = scf.for %i = %c0 to %rounds step %c1 iter_args(%x = %c) -> tensor<{n}x{n}xf32> {{
    %y = func.call @kernel(%a, %b, %x) : (tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>, tensor<{n}x{n}xf32>) -> tensor<{n}x{n}xf32>
    scf.yield %y : tensor<{n}x{n}xf32>
  }}
  %end = call @rtclock() : () -> f64
  %s = call @sum(%r) : (tensor<{n}x{n}xf32>) -> f64
  call @printF64(%s) : (f64) -> ()
  call @printNewline() : () -> ()
{timing}
  %status = arith.constant 0 : i32
  return %status : i32
}}
"""

TIMING = """  %seconds = arith.subf %end, %begin : f64
  call @printF64(%seconds) : (f64) -> ()
  call @printNewline() : () -> ()"""

KERNELS = {"matmul": MATMUL, "stencil": STENCIL, "image": IMAGE}
# From tensors to memrefs.
BUFFERIZATION = ["-one-shot-bufferize=bufferize-function-boundaries "
                 "function-boundary-type-conversion=identity-layout-map",
                 "-drop-equivalent-buffer-results", "-buffer-loop-hoisting", "-canonicalize", "-buffer-deallocation-pipeline",
                 "-convert-bufferization-to-memref", "-canonicalize", "-cse"]


def program(name, size, rounds=None):
    """The text of a program; timed if `rounds` are given."""
    text = MAPS + COMMON + KERNELS[name] + MAIN
    return text.format(n=size, m=size - 2, t=max(size // 8, 4), rounds=rounds or 3,
                       timing=TIMING if rounds else "")


if __name__ == "__main__":
    print(program(sys.argv[1], int(sys.argv[2]), *[int(n) for n in sys.argv[3:]]), end="")
