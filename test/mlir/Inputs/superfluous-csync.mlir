// A csync by hand that no result depends on, beside one that does.
func.func private @printI64(i64)
func.func @main() -> i32 {
  %c0 = arith.constant 0 : index
  %v = arith.constant 5 : i64
  %a = memref.alloc() : memref<1xi64>
  %b = memref.alloc() : memref<1xi64>
  %c = memref.alloc() : memref<1xi64>
  memref.store %v, %a[%c0] : memref<1xi64>
  memref.copy %a, %b : memref<1xi64> to memref<1xi64>
  copier.csync %c : memref<1xi64>
  %w = memref.load %b[%c0] : memref<1xi64>
  call @printI64(%w) : (i64) -> ()
  memref.dealloc %a : memref<1xi64>
  memref.dealloc %b : memref<1xi64>
  memref.dealloc %c : memref<1xi64>
  %r = arith.constant 0 : i32
  return %r : i32
}
