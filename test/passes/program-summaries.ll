; Which functions copies may cross, in which direction, and which of them need a
; second entry.
; RUN: %{plan-program} | FileCheck %s --implicit-check-not=pending{{$}} --implicit-check-not='two entries'

target triple = "x86_64-pc-linux-gnu"

@table = global ptr @taken
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @unknown()
declare i32 @setjmp(ptr) returns_twice

; Only guarded calls know it: its own symbol is the guarded entry.
; CHECK-LABEL: copier-pending for 'private':
; CHECK-NEXT: leaves copies pending
; CHECK-NEXT: site #0
; CHECK-NOT: csync
define internal void @private(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; Its address is taken.
; CHECK-LABEL: copier-pending for 'taken':
; CHECK-NEXT: leaves copies pending
; CHECK-NEXT: two entries
; CHECK-NEXT: site #0
define internal void @taken(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; Others may call it.
; CHECK-LABEL: copier-pending for 'extern':
; CHECK-NEXT: leaves copies pending
; CHECK-NEXT: two entries
; CHECK-NEXT: site #0
define dso_local void @extern(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; Another definition may take its place, or it cannot pass on its arguments: all
; is synced before it returns.
; CHECK-LABEL: copier-pending for 'interposable':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'ret void' : site #0 [return]
define weak dso_local void @interposable(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
; CHECK-LABEL: copier-pending for 'variadic':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'ret void' : site #0 [return]
define dso_local void @variadic(ptr %d, ptr %s, i64 %n, ...) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; Entered, but no call of it need find anything but this definition.
; CHECK-LABEL: copier-pending for 'reader':
; CHECK-NEXT: entered with copies pending
; CHECK-NEXT: guard before '%v = load i8, ptr %p
define dso_local i8 @reader(ptr %p) {
  %v = load i8, ptr %p
  ret i8 %v
}
; The linker might choose another one, which is the same but for what we do to it.
; CHECK-LABEL: copier-pending for 'one_of_many':
; CHECK-NEXT: entered with copies pending
; CHECK-NEXT: two entries
define linkonce_odr dso_local i8 @one_of_many(ptr %p) {
  %v = load i8, ptr %p
  ret i8 %v
}
; The loader might put anything in the place of this one.
; CHECK-NOT: 'preemptible'
define i8 @preemptible(ptr %p) {
  %v = load i8, ptr %p
  ret i8 %v
}
; What is called with nothing pending needs nothing.
; CHECK-NOT: 'never_entered'
define dso_local i8 @never_entered(ptr %p) {
  %v = load i8, ptr %p
  ret i8 %v
}

; CHECK-LABEL: copier-pending for 'caller':
; CHECK-NEXT: leaves copies pending
; CHECK-NEXT: two entries
; CHECK-NEXT: csync_all before '%y = call i8 @preemptible(ptr %d)' : callees' [call]
; CHECK-NEXT: csync_all before '%w = call i8 @weak_reader(ptr %d)' : callees' [call]
; CHECK-NOT: csync
define dso_local void @caller(ptr %d, ptr %s, i64 %n) {
  %u = call i8 @never_entered(ptr %d)
  call void @private(ptr %d, ptr %s, i64 %n)
  %x = call i8 @reader(ptr %d)
  %z = call i8 @one_of_many(ptr %d)
  %y = call i8 @preemptible(ptr %d)
  call void @private(ptr %d, ptr %s, i64 %n)
  %w = call i8 @weak_reader(ptr %d)
  call void @taken(ptr %d, ptr %s, i64 %n)
  ret void
}
define weak dso_local i8 @weak_reader(ptr %p) {
  %v = load i8, ptr %p
  ret i8 %v
}

; Recursion: what the inner call has left, the outer one must expect.
; CHECK-LABEL: copier-pending for 'recursive':
; CHECK-NEXT: entered with copies pending
; CHECK-NEXT: leaves copies pending
; CHECK-NEXT: site #0
; CHECK-NEXT: guard before 'store i8 1, ptr %q
define internal void @recursive(ptr noalias %d, ptr noalias %s, ptr noalias %q, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %s, ptr %d, i64 %n, i1 false)
  call void @recursive(ptr %s, ptr %d, ptr %q, i64 %n)
  store i8 1, ptr %q
  ret void
}

; A function that calls setjmp has plain calls only, to entries that sync.
; CHECK-NOT: copier-pending for 'jumps'
define dso_local void @jumps(ptr %b, ptr %d, ptr %s, i64 %n) {
  %r = call i32 @setjmp(ptr %b) returns_twice
  call void @extern(ptr %d, ptr %s, i64 %n)
  ret void
}

; As a tail call that must be one, it cannot be followed by anything.
; CHECK-LABEL: copier-pending for 'must_tail':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'musttail call void @extern(ptr %d, ptr %s, i64 %n)' : site #0 [call]
define dso_local void @must_tail(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  musttail call void @extern(ptr %d, ptr %s, i64 %n)
  ret void
}
