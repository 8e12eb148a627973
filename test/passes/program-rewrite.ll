; What a guard and a function with two entries become, and that the pass is done
; then: again, it changes nothing.
; RUN: %{rewrite-program} > %t.once.ll
; RUN: FileCheck %s --input-file=%t.once.ll
; RUN: opt -S - -o %t.read.ll < %t.once.ll
; RUN: opt -load-pass-plugin=%plugin -copier-scope=program -passes=copier-mark,copier-gen -S - -o %t.twice.ll < %t.once.ll
; RUN: diff %t.read.ll %t.twice.ll
; RUN: %{rewrite-program} | diff %t.once.ll -

target triple = "x86_64-pc-linux-gnu"

$inline = comdat any

; Who takes the address gets the entry that syncs.
; CHECK-DAG: @table = global [2 x ptr] [ptr @copy, ptr blockaddress(@copy.copier, %goon)]
; CHECK-DAG: @alias = alias void (ptr, ptr, i64, i1), ptr @copy
@table = global [2 x ptr] [ptr @copy, ptr blockaddress(@copy, %goon)]
@alias = alias void (ptr, ptr, i64, i1), ptr @copy

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i32 @setjmp(ptr) returns_twice

; CHECK: define dso_local void @copy(ptr nonnull %0, ptr %1, i64 %2, i1 zeroext %3) #[[ATTRIBUTES:[0-9]+]] section "hot" {
; CHECK-NEXT: call void @copy.copier(ptr nonnull %0, ptr %1, i64 %2, i1 zeroext %3)
; CHECK-NEXT: load atomic i32, ptr @__copier_pending acquire
; CHECK: call void @__copier_csync_all()
; CHECK: ret void
; CHECK: define internal void @copy.copier(ptr nonnull %d, ptr %s, i64 %n, i1 zeroext %c) #[[ATTRIBUTES]] section "hot" {
; CHECK: call ptr @__copier_amemcpy(
; CHECK-NOT: csync
; CHECK: {{^}}}
define dso_local void @copy(ptr nonnull %d, ptr %s, i64 %n, i1 zeroext %c) uwtable section "hot" {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br label %goon
goon:
  ret void
}

; Nothing is synced where nothing is left.
; CHECK: define linkonce_odr fastcc i8 @inline(ptr %0) #{{[0-9]+}} comdat {
; CHECK-NEXT: [[R:%.*]] = call fastcc i8 @inline.copier(ptr %0)
; CHECK-NEXT: ret i8 [[R]]
; CHECK: define internal fastcc i8 @inline.copier(ptr %p) #{{[0-9]+}} {
; CHECK-NEXT: %p.4 = getelementptr
; CHECK-NEXT: [[P:%.*]] = load atomic i32, ptr @__copier_pending acquire, align 8
; CHECK-NEXT: [[ANY:%.*]] = icmp ne i32 [[P]], 0
; CHECK-NEXT: br i1 [[ANY]], label %[[LOOK:.*]], label %[[GOON:.*]], !prof
; CHECK: [[LOOK]]:
; CHECK-NEXT: [[AT:%.*]] = getelementptr i8, ptr %p, i64 4
; CHECK-NEXT: call void @__copier_guard(ptr [[AT]], i64 9)
; CHECK-NEXT: br label %[[GOON]]
; CHECK: [[GOON]]:
; CHECK-NOT: guard
; CHECK: {{^}}}
define linkonce_odr fastcc i8 @inline(ptr %p) comdat {
  %p.4 = getelementptr i8, ptr %p, i64 4
  %v = load i64, ptr %p.4
  %p.12 = getelementptr i8, ptr %p, i64 12
  %w = load i8, ptr %p.12
  ret i8 %w
}

; CHECK: define internal void @loop(
; CHECK: entry:
; CHECK-NEXT: [[FIRST:%.*]] = freeze ptr %p
; CHECK-NEXT: [[TRIPS:%.*]] = add i64 %n, -1
; CHECK-NEXT: [[COUNT:%.*]] = freeze i64 [[TRIPS]]
; CHECK: [[WAY:%.*]] = mul i64 [[COUNT]], 4
; CHECK-NEXT: [[BEGIN:%.*]] = ptrtoint ptr [[FIRST]] to i64
; CHECK: [[SIZE:%.*]] = add i64 [[WAY]], 4
; CHECK: [[MANY:%.*]] = icmp ugt i64 [[COUNT]], 1099511627776
; CHECK: [[NONE:%.*]] = select i1 {{%.*}}, i64 0, i64 {{%.*}}
; CHECK: [[BYTES:%.*]] = select i1 {{%.*}}, i64 -1, i64 [[SIZE]]
; CHECK: call void @__copier_guard(ptr {{%.*}}, i64 [[BYTES]])
; CHECK: loop:
; CHECK-NOT: pending
; CHECK: ret void
define internal void @loop(ptr %p, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %at = getelementptr inbounds i32, ptr %p, i64 %i
  store i32 7, ptr %at
  %next = add nuw i64 %i, 1
  %done = icmp eq i64 %next, %n
  br i1 %done, label %exit, label %loop
exit:
  ret void
}

; CHECK: define internal void @knows.copier()
; CHECK: call void @copy.copier(
; CHECK: call fastcc i8 @inline.copier(
define dso_local void @knows() {
  call void @copy(ptr @table, ptr null, i64 0, i1 true)
  %v = call fastcc i8 @inline(ptr @table)
  call void @loop(ptr @table, i64 3)
  ret void
}

; CHECK: define dso_local void @does_not(
; CHECK: call void @copy(
define dso_local void @does_not(ptr %b) {
  %r = call i32 @setjmp(ptr %b) returns_twice
  call void @copy(ptr @table, ptr null, i64 0, i1 true)
  ret void
}

; CHECK: define dso_local void @scoped(
; CHECK: call void @copy(
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %s, i64 9,
; CHECK: call void @__copier_csync_all()
define dso_local void @scoped(ptr %d, ptr %s) "copier-min-size"="1" "copier-scope"="function" {
  call void @copy(ptr %d, ptr %s, i64 8, i1 true)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 9, i1 false)
  ret void
}
