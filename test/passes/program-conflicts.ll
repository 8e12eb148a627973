; Which accesses must expect the copies of other functions, and of which bytes.
; RUN: %{plan-program} | FileCheck %s

target triple = "x86_64-pc-linux-gnu"

@constant = constant i8 1
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.lifetime.start.p0(ptr)
declare void @llvm.lifetime.end.p0(ptr)
declare void @unknown()
declare i32 @memcmp(ptr, ptr, i64)
declare i64 @strlen(ptr)
declare noalias ptr @malloc(i64)
declare void @free(ptr)
declare i32 @reads_argument(ptr) nounwind nosync willreturn memory(argmem: read)
declare i32 @computes(i32) nounwind nosync willreturn memory(none)

; CHECK-LABEL: copier-pending for 'leave':
define internal void @leave(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
define dso_local void @enter(ptr %d, ptr %s, i64 %n, i32 %i) {
  call void @leave(ptr %d, ptr %s, i64 %n)
  call void @accesses(ptr %d, ptr %s)
  call void @own_objects(ptr %s)
  call void @ranges(ptr %d, ptr %s, i64 %n)
  call void @calls(ptr %d, i32 %i)
  call void @sync(ptr %d)
  call void @copies(ptr %d, ptr %s, i64 %n)
  ret void
}

; CHECK-LABEL: copier-pending for 'accesses':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before 'store i32 %v, ptr %q, align 4' : %q, 4
; CHECK-NEXT: guard before '%w = load <4 x i32>, ptr %r, align 16' : %p + 256, 16
; CHECK-NEXT: guard before '%old = atomicrmw add ptr %v1, i32 1 monotonic, align 4' : %v1, 4
; CHECK-NOT: {{guard|csync}}
define internal void @accesses(ptr %p, ptr %q) {
  %c = load i8, ptr @constant
  %v = zext i8 %c to i32
  store i32 %v, ptr %q
  %r = getelementptr i8, ptr %p, i64 256
  %w = load <4 x i32>, ptr %r
  %e = extractelement <4 x i32> %w, i32 0
  %x = zext i32 %e to i64
  %v1 = inttoptr i64 %x to ptr
  %old = atomicrmw add ptr %v1, i32 1 monotonic
  ret void
}

; No caller can have copied what this call has made, whoever knows it now. What a
; callee leaves can be where its address got out.
; CHECK-LABEL: copier-pending for 'own_objects':
; CHECK-NEXT: entered
; CHECK-NEXT: leaves
; CHECK-NEXT: guard before 'store i8 2, ptr %told, align 1' : %told, 1{{$}}
; CHECK-NEXT: guard before 'store i8 2, ptr %heap.told, align 1' : %heap.told, 1{{$}}
; CHECK-NEXT: guard before 'ret void' : %told, 100
; CHECK-NOT: {{guard|csync}}
define internal void @own_objects(ptr %s) {
  %kept = alloca [100 x i8]
  %told = alloca [100 x i8]
  %heap.kept = call ptr @malloc(i64 9)
  %heap.told = call ptr @malloc(i64 9)
  store i8 1, ptr %kept
  store i8 1, ptr %told
  store i8 1, ptr %heap.kept
  store i8 1, ptr %heap.told
  call void @leave(ptr %told, ptr %heap.told, i64 100)
  store i8 2, ptr %kept
  store i8 2, ptr %told
  store i8 2, ptr %heap.kept
  store i8 2, ptr %heap.told
  call void @free(ptr %heap.kept)
  br label %end
end:
  ret void
}

; Libcalls and intrinsics tell their ranges; a string goes on, for all that is
; known, and so does what is freed.
; CHECK-LABEL: copier-pending for 'ranges':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before 'call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 %n, i1 false)' : %p, %n
; CHECK-NEXT: guard before '%c = call i32 @memcmp(ptr %p.1, ptr %q.1, i64 7)' : %p.1, 7
; CHECK-NEXT: guard before '%c = call i32 @memcmp(ptr %p.1, ptr %q.1, i64 7)' : %q.1, 7
; CHECK-NEXT: guard before '%l = call i64 @strlen(ptr %p.1)' : %p.1, -1
; CHECK-NEXT: guard before 'call void @free(ptr %q.1)' : %q.1, -1
; CHECK-NOT: {{guard|csync}}
define internal void @ranges(ptr %p, ptr %q, i64 %n) {
  %p.1 = getelementptr i8, ptr %p, i64 %n
  %q.1 = getelementptr i8, ptr %q, i64 %n
  call void @llvm.memset.p0.i64(ptr %p, i8 0, i64 %n, i1 false)
  %c = call i32 @memcmp(ptr %p.1, ptr %q.1, i64 7)
  %l = call i64 @strlen(ptr %p.1)
  call void @free(ptr %q.1)
  ret void
}

; CHECK-LABEL: copier-pending for 'calls':
; CHECK-NEXT: entered
; CHECK-NEXT: csync_all before '%b = call i32 @reads_argument(ptr %p)' : callers' [access of unknown extent]
; CHECK-NOT: {{guard|csync}}
define internal void @calls(ptr %p, i32 %i) {
  %a = call i32 @computes(i32 %i)
  %b = call i32 @reads_argument(ptr %p)
  ret void
}

; After a csync_all nothing is pending.
; CHECK-LABEL: copier-pending for 'sync':
; CHECK-NEXT: entered
; CHECK-NEXT: csync_all before 'call void @unknown()' : callers' [call]
; CHECK-NOT: {{guard|csync}}
define internal void @sync(ptr %p) {
  call void @unknown()
  %v = load i8, ptr %p
  fence seq_cst
  ret void
}

; libcopier orders asynchronous copies; others must wait.
; CHECK-LABEL: copier-pending for 'copies':
; CHECK-NEXT: entered
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1 memcpy{{.*}}left: volatile
; CHECK-NEXT: csync_all before {{.*}}i1 true)' : site #0 callers' [volatile access]
define internal void @copies(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %s, ptr %d, i64 8, i1 true)
  ret void
}

; A copy of the frame must be complete when it goes, whoever has made it.
; CHECK-LABEL: copier-pending for 'own_frame':
; CHECK-NEXT: leaves
; CHECK-NEXT: two entries
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync before 'ret void' : site #0 [end of life]
; CHECK-NOT: {{guard|csync}}
define dso_local void @own_frame(ptr %d, ptr %s) {
  %local = alloca [64 x i8]
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %local, i64 64, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 64, i1 false)
  ret void
}
; CHECK-LABEL: copier-pending for 'by_value':
; CHECK: csync before 'ret void' : site #0 [end of life]
define dso_local void @by_value(ptr byval([64 x i8]) %mine, ptr %s) {
  call void @llvm.memcpy.p0.p0.i64(ptr %mine, ptr %s, i64 64, i1 false)
  ret void
}
; CHECK-LABEL: copier-pending for 'lives':
; CHECK: guard before 'call void @llvm.lifetime.end.p0(ptr %told)' : %told, 100
; CHECK-NOT: guard before 'ret
define dso_local void @lives(ptr %s) {
  %told = alloca [100 x i8]
  call void @llvm.lifetime.start.p0(ptr %told)
  call void @leave(ptr %told, ptr %s, i64 100)
  call void @llvm.lifetime.end.p0(ptr %told)
  ret void
}
; The call itself reads what it passes by value.
; CHECK-LABEL: copier-pending for 'passes_by_value':
; CHECK: guard before 'call void @by_value(ptr byval([64 x i8]) %d, ptr %s)' : %d, 64
define dso_local void @passes_by_value(ptr %d, ptr %s) {
  call void @leave(ptr %d, ptr %s, i64 100)
  call void @by_value(ptr byval([64 x i8]) %d, ptr %s)
  ret void
}

; With a copy of its own, a conflict that is certain ends it, where its operands
; still tell what to wait for; one that is merely possible is guarded.
; CHECK-LABEL: copier-pending for 'own_copy':
; CHECK-NEXT: leaves
; CHECK-NEXT: two entries
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = load i8, ptr %d, align 1' : site #0 [destination read]
; CHECK-NEXT: guard before 'store i8 1, ptr %q, align 1' : %q, 1
; CHECK-NOT: {{guard|csync}}
define dso_local i8 @own_copy(ptr %d, ptr %s, ptr %q, i64 %n, i1 %c) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 8, i1 false)
  store i8 1, ptr %q
  br i1 %c, label %then, label %else
then:
  %v = load i8, ptr %d
  ret i8 %v
else:
  ret i8 0
}
; Of which execution, only libcopier knows.
; CHECK-LABEL: copier-pending for 'own_copies':
; CHECK: guard before 'store i8 1, ptr %d, align 1' : %d, 1
; CHECK-NOT: {{guard|csync}}
define dso_local void @own_copies(ptr %d, ptr %s, i1 %c) {
  br label %loop
loop:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 8, i1 false)
  br i1 %c, label %loop, label %exit
exit:
  store i8 1, ptr %d
  ret void
}
