func.func @__copier_csync() {
  return
}
func.func @f(%a: memref<4xf32>) {
  copier.csync %a : memref<4xf32>
  return
}
