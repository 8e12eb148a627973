// Each rule of the verifiers and the parser.
// RUN: %copier-opt %s -verify-diagnostics -split-input-file

func.func @element_types(%a: memref<4xf32>, %b: memref<4xi32>) {
  // expected-error@+1 {{'copier.amemcpy' op copies elements of 'f32' to elements of 'i32'}}
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xi32>
  return
}

// -----

func.func @shapes(%a: memref<4xf32>, %b: memref<5xf32>) {
  // expected-error@+1 {{'copier.amemcpy' op copies between different shapes, 'memref<4xf32>' and 'memref<5xf32>'}}
  copier.amemcpy %a, %b : memref<4xf32> to memref<5xf32>
  return
}

// -----

func.func @ranks(%a: memref<4xf32>, %b: memref<4x1xf32>) {
  // expected-error@+1 {{copies between different shapes}}
  copier.amemcpy %a, %b : memref<4xf32> to memref<4x1xf32>
  return
}

// -----

// A dynamic size may be the static one.
func.func @dynamic_shape(%a: memref<4xf32>, %b: memref<?xf32>) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<?xf32>
  return
}

// -----

func.func @memory_space(%a: memref<4xf32, 1>, %b: memref<4xf32>) {
  // expected-error@+1 {{'copier.amemcpy' op works on the default memory space, not on 'memref<4xf32, 1>'}}
  copier.amemcpy %a, %b : memref<4xf32, 1> to memref<4xf32>
  return
}

// -----

func.func @csync_memory_space(%a: memref<4xf32, "far">) {
  // expected-error@+1 {{'copier.csync' op works on the default memory space}}
  copier.csync %a : memref<4xf32, "far">
  return
}

// -----

func.func @abort_memory_space(%a: memref<4xf32, 3>) {
  // expected-error@+1 {{'copier.abort' op works on the default memory space}}
  copier.abort %a : memref<4xf32, 3>
  return
}

// -----

func.func @not_strided(%a: memref<4xf32, affine_map<(d0) -> (d0 floordiv 2)>>, %b: memref<4xf32>) {
  // expected-error@+1 {{operand #0 must be strided memref}}
  copier.amemcpy %a, %b : memref<4xf32, affine_map<(d0) -> (d0 floordiv 2)>> to memref<4xf32>
  return
}

// -----

func.func @segment(%a: memref<4xf32>, %b: memref<4xf32>) {
  // expected-error@+1 {{'copier.amemcpy' op has a segment of 100 bytes, which is not a power of two}}
  copier.amemcpy %a, %b segment(100) : memref<4xf32> to memref<4xf32>
  return
}

// -----

func.func @negative_segment(%a: memref<4xf32>, %b: memref<4xf32>) {
  // expected-error@+1 {{has a segment of -4 bytes}}
  copier.amemcpy %a, %b segment(-4) : memref<4xf32> to memref<4xf32>
  return
}

// -----

func.func @rank_of_part(%a: memref<4x4xf32>) {
  // expected-error@+1 {{'copier.csync' op names a part by 1 dimensions of a memref of rank 2}}
  copier.csync %a[0] [4] [1] : memref<4x4xf32>
  return
}

// -----

func.func @uneven_part(%a: memref<4x4xf32>) {
  // expected-error@+1 {{needs as many offsets as sizes as strides}}
  copier.csync %a[0, 0] [4] [1, 1] : memref<4x4xf32>
  return
}

// -----

func.func @half_a_part(%a: memref<4xf32>) {
  // expected-error@+2 {{expected SSA value or integer}}
  // expected-error@+1 {{expected '[' in dynamic index list}}
  copier.csync %a[0] : memref<4xf32>
  return
}

// -----

// expected-error@+1 {{'func.func' op has an unknown attribute of copier: "copier.other"}}
func.func @attribute() attributes {copier.other} {
  return
}

// -----

// expected-error@+1 {{"copier.csyncs_inserted" must be a unit attribute}}
func.func @attribute_value() attributes {copier.csyncs_inserted = 1} {
  return
}
