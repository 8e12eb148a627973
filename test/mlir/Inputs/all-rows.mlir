// A copy of which a linalg operation reads all rows.

!m = memref<16x16xi64>
func.func private @printI64(i64)
func.func private @printNewline()

func.func @add(%a: !m {llvm.noalias}, %b: !m {llvm.noalias}, %d: !m {llvm.noalias}) {
  memref.copy %a, %b : !m to !m
  linalg.add ins(%b, %d : !m, !m) outs(%d : !m)
  return
}

func.func @main() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %a = memref.alloc() : !m
  %b = memref.alloc() : !m
  %d = memref.alloc() : !m
  linalg.fill ins(%one : i64) outs(%a : !m)
  linalg.fill ins(%one : i64) outs(%d : !m)
  call @add(%a, %b, %d) : (!m, !m, !m) -> ()
  %s = scf.for %i = %c0 to %c16 step %c1 iter_args(%t = %zero) -> i64 {
    %u = scf.for %j = %c0 to %c16 step %c1 iter_args(%v = %t) -> i64 {
      %w = memref.load %d[%i, %j] : !m
      %x = arith.addi %v, %w : i64
      scf.yield %x : i64
    }
    scf.yield %u : i64
  }
  call @printI64(%s) : (i64) -> ()
  call @printNewline() : () -> ()
  memref.dealloc %a : !m
  memref.dealloc %b : !m
  memref.dealloc %d : !m
  %r = arith.constant 0 : i32
  return %r : i32
}
