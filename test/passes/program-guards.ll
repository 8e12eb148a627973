; As few guards as possible: not twice for the same bytes, one for neighbours, one
; in front of a loop.
; RUN: %{plan-program} | FileCheck %s

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal void @leave(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
define dso_local void @enter(ptr %d, ptr %s, i64 %n, i1 %c) {
  call void @leave(ptr %d, ptr %s, i64 %n)
  call void @neighbours(ptr %d, ptr %s, i64 %n)
  call void @branches(ptr %d, i1 %c)
  call void @again(ptr %d, ptr %s, i64 %n)
  call i32 @up(ptr %d, i64 %n)
  call i32 @down(ptr %d, i64 %n)
  call i32 @list(ptr %d)
  call i32 @nest(ptr %d, i64 %n)
  call void @leaves_in_loop(ptr %d, ptr %s, i64 %n)
  ret void
}

; CHECK-LABEL: copier-pending for 'neighbours':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before '%a = load i64, ptr %f, align 4' : %p, 24
; CHECK-NEXT: guard before 'store i64 %b, ptr %far, align 4' : %p + 4096, 8
; CHECK-NEXT: guard before 'store i64 %a, ptr %q, align 4' : %q, 8
; CHECK-NOT: {{guard|csync}}
define internal void @neighbours(ptr %p, ptr %q, i64 %n) {
  %f = getelementptr i8, ptr %p, i64 16
  %far = getelementptr i8, ptr %p, i64 4096
  %a = load i64, ptr %f
  %b = load i64, ptr %p
  store i64 %b, ptr %far
  store i64 %a, ptr %q
  store i64 %b, ptr %f
  ret void
}

; Clean on all paths, or on one only.
; CHECK-LABEL: copier-pending for 'branches':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before '%a = load i8, ptr %p, align 1' : %p, 1
; CHECK-NEXT: guard before '%b = load i8, ptr %q, align 1' : %p + 100, 1
; CHECK-NEXT: guard before '%d = load i8, ptr %q, align 1' : %p + 100, 1
; CHECK-NOT: {{guard|csync}}
define internal void @branches(ptr %p, i1 %c) {
entry:
  %q = getelementptr i8, ptr %p, i64 100
  %a = load i8, ptr %p
  br i1 %c, label %then, label %done
then:
  %b = load i8, ptr %q
  store i8 %b, ptr %p
  br label %done
done:
  store i8 3, ptr %p
  %d = load i8, ptr %q
  ret void
}

; A call that may leave something ends what was clean.
; CHECK-LABEL: copier-pending for 'again':
; CHECK: guard before 'store i8 1, ptr %d, align 1' : %d, 1
; CHECK-NEXT: guard before 'store i8 2, ptr %d, align 1' : %d, 1
; CHECK-NOT: {{guard|csync}}
define internal void @again(ptr %d, ptr %s, i64 %n) {
  store i8 1, ptr %d
  call void @leave(ptr %d, ptr %s, i64 %n)
  store i8 2, ptr %d
  ret void
}

; CHECK-LABEL: copier-pending for 'up':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before 'br label %loop' : (%p), 4 [step 4, at most (-1 + %n) times]
; CHECK-NOT: {{guard|csync}}
define internal i32 @up(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %latch ]
  %at = getelementptr inbounds i32, ptr %p, i64 %i
  %v = load i32, ptr %at
  %found = icmp eq i32 %v, 7
  br i1 %found, label %exit, label %latch
latch:
  %next = add nuw i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %exit, label %loop
exit:
  ret i32 %v
}

; Two fields, backwards.
; CHECK-LABEL: copier-pending for 'down':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before 'br label %loop' : (((8 * %n) + %p)), 8 [step -8, at most %n times]
; CHECK-NOT: {{guard|csync}}
define internal i32 @down(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ %n, %entry ], [ %next, %loop ]
  %at = getelementptr inbounds {i32, i32}, ptr %p, i64 %i
  %at.1 = getelementptr inbounds {i32, i32}, ptr %p, i64 %i, i32 1
  %v = load i32, ptr %at
  %w = load i32, ptr %at.1
  %next = add i64 %i, -1
  %done = icmp eq i64 %i, 0
  br i1 %done, label %exit, label %loop
exit:
  %x = add i32 %v, %w
  ret i32 %x
}

; Where nobody knows the addresses, each iteration looks.
; CHECK-LABEL: copier-pending for 'list':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before '%next = load ptr, ptr %at, align 8' : %at, 12
; CHECK-NOT: {{guard|csync}}
define internal i32 @list(ptr %first) {
entry:
  br label %loop
loop:
  %at = phi ptr [ %first, %entry ], [ %next, %loop ]
  %next = load ptr, ptr %at
  %field = getelementptr i8, ptr %at, i64 8
  %v = load i32, ptr %field
  %done = icmp eq ptr %next, null
  br i1 %done, label %exit, label %loop
exit:
  ret i32 %v
}

; One for each row; what no row changes, once.
; CHECK-LABEL: copier-pending for 'nest':
; CHECK-NEXT: entered
; CHECK-NEXT: guard before 'br label %inner' : ({%p,+,4000}<nw><%outer>), 4 [step 4, at most (-1 + %n) times]
; CHECK-NEXT: guard before 'br label %outer' : %p, 4
; CHECK-NOT: {{guard|csync}}
define internal i32 @nest(ptr %p, i64 %n) {
entry:
  br label %outer
outer:
  %row = phi i64 [ 0, %entry ], [ %row.next, %outer.latch ]
  br label %inner
inner:
  %i = phi i64 [ 0, %outer ], [ %next, %inner ]
  %at = getelementptr [1000 x i32], ptr %p, i64 %row, i64 %i
  %v = load i32, ptr %at
  %w = load i32, ptr %p
  %next = add nuw i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %outer.latch, label %inner
outer.latch:
  %row.next = add nuw i64 %row, 1
  %all = icmp eq i64 %row.next, 10
  br i1 %all, label %exit, label %outer
exit:
  %x = add i32 %v, %w
  ret i32 %x
}

; CHECK-LABEL: copier-pending for 'leaves_in_loop':
; CHECK: guard before '%v = load i8, ptr %d, align 1' : %d, 1
; CHECK-NOT: guard
define internal void @leaves_in_loop(ptr %d, ptr %s, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %v = load i8, ptr %d
  call void @leave(ptr %d, ptr %s, i64 %n)
  %next = add nuw i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %exit, label %loop
exit:
  ret void
}
