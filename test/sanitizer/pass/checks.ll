; What is checked, and beside it, what cannot fail and is not.
; RUN: %opt-copsan -passes=copsan-mark,copsan -S %s | FileCheck %s

@global = global [64 x i8] zeroinitializer
@constant = constant [64 x i8] zeroinitializer

@__copier_pending = external global [16 x i8]
@__copier_window = external thread_local(initialexec) global [40 x i8]
@own_window = thread_local global [40 x i8] zeroinitializer

declare void @use(ptr)
declare ptr @llvm.threadlocal.address.p0(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare <4 x i32> @llvm.masked.load.v4i32.p0(ptr, <4 x i1>, <4 x i32>)

; CHECK-LABEL: @load(
; CHECK: %[[WORD:.*]] = load atomic i32, ptr @__copsan_pending monotonic, align 4
; CHECK-NEXT: %[[ANY:.*]] = icmp ne i32 %[[WORD]], 0
; CHECK-NEXT: br i1 %[[ANY]], {{.*}} !prof
; CHECK: call preserve_mostcc void @__copsan_read(ptr %p, i64 4, ptr null)
; CHECK: load i32, ptr %p
define i32 @load(ptr %p) {
  %v = load i32, ptr %p
  ret i32 %v
}

; CHECK-LABEL: @store(
; CHECK: call preserve_mostcc void @__copsan_write(ptr %p, i64 8, ptr null)
define void @store(ptr %p) {
  store i64 1, ptr %p
  ret void
}

; CHECK-LABEL: @update(
; CHECK: call preserve_mostcc void @__copsan_update(ptr %p, i64 4, ptr null)
define i32 @update(ptr %p) {
  %v = atomicrmw add ptr %p, i32 1 seq_cst
  ret i32 %v
}

; CHECK-LABEL: @transfer(
; CHECK: call preserve_mostcc void @__copsan_read(ptr %s, i64 %n, ptr null)
; CHECK: call preserve_mostcc void @__copsan_write(ptr %d, i64 %n, ptr null)
define void @transfer(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: @masked(
; CHECK: select i1 %{{.*}}, i64 4, i64 0
; CHECK: call preserve_mostcc void @__copsan_read(
define <4 x i32> @masked(ptr %p, <4 x i1> %mask) {
  %v = call <4 x i32> @llvm.masked.load.v4i32.p0(ptr %p, <4 x i1> %mask, <4 x i32> zeroinitializer)
  ret <4 x i32> %v
}

; A slot that nobody else knows, and a constant: unchecked.
; CHECK-LABEL: @private(
; CHECK-NOT: __copsan
; CHECK: ret i8
define i8 @private(i8 %v) {
  %slot = alloca i8
  store i8 %v, ptr %slot
  %w = load i8, ptr %slot
  %c = load i8, ptr getelementptr (i8, ptr @constant, i64 3)
  %sum = add i8 %w, %c
  ret i8 %sum
}

; Nor is what belongs to libcopier.
; CHECK-LABEL: @libcopiers(
; CHECK-NOT: __copsan
; CHECK: ret i64
define i64 @libcopiers() {
  %word = load atomic i64, ptr @__copier_pending acquire, align 8
  %window = call ptr @llvm.threadlocal.address.p0(ptr @__copier_window)
  %end = getelementptr i8, ptr %window, i64 16
  %v = load i64, ptr %end
  %sum = add i64 %word, %v
  ret i64 %sum
}

; CHECK-LABEL: @thread_local(
; CHECK: @__copsan_read(
define i64 @thread_local() {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @own_window)
  %v = load i64, ptr %p
  ret i64 %v
}

; The same bytes again, with nothing in between: once. A part of them, too.
; CHECK-LABEL: @again(
; CHECK: call preserve_mostcc void @__copsan_write(
; CHECK-NOT: __copsan
; CHECK: ret i32
define i32 @again(ptr %p) {
  store i32 1, ptr %p
  %v = load i32, ptr %p
  %q = getelementptr i8, ptr %p, i64 2
  store i16 1, ptr %q
  ret i32 %v
}

; More bytes, a write after a read, or after a call: again.
; CHECK-LABEL: @not_again(
; CHECK: @__copsan_read(ptr %p, i64 4,
; CHECK: @__copsan_write(ptr %p, i64 4,
; CHECK: @__copsan_read(ptr %p, i64 8,
; CHECK: call void @use
; CHECK: @__copsan_read(ptr %p, i64 4,
define void @not_again(ptr %p) {
  %a = load i32, ptr %p
  store i32 1, ptr %p
  %b = load i64, ptr %p
  call void @use(ptr null)
  %c = load i32, ptr %p
  ret void
}

; A local that is known elsewhere ends at the return.
; CHECK-LABEL: @local(
; CHECK: call void @use
; CHECK: call preserve_mostcc void @__copsan_end_of_life(ptr %slot, i64 16, ptr null)
; CHECK: ret void
define void @local() {
  %slot = alloca [16 x i8]
  call void @use(ptr %slot)
  ret void
}

; All of a loop's bytes at once; with gaps, or with a call, each of them.
; CHECK-LABEL: @loop(
; CHECK: entry:
; CHECK: call preserve_mostcc void @__copsan_write(ptr %p, i64 %
; CHECK: body:
; CHECK-NOT: __copsan
; CHECK: ret void
define void @loop(ptr %p, i64 %n) {
entry:
  br label %body
body:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %q = getelementptr i32, ptr %p, i64 %i
  store i32 0, ptr %q
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %body, label %end
end:
  ret void
}

; CHECK-LABEL: @gaps(
; CHECK: body:
; CHECK: __copsan_write(ptr %q, i64 4,
define void @gaps(ptr %p, i64 %n) {
entry:
  br label %body
body:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %q = getelementptr [2 x i32], ptr %p, i64 %i
  store i32 0, ptr %q
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %body, label %end
end:
  ret void
}

; CHECK: declare preserve_mostcc void @__copsan_read(ptr, i64, ptr) #[[ATTRIBUTES:[0-9]+]]
; CHECK: attributes #[[ATTRIBUTES]] = {{{.*}}nonlazybind
