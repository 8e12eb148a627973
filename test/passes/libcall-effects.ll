; The libcall effects table: for every kind of effect a call that conflicts, and
; beside it the same on other memory.
; RUN: %{plan} | FileCheck %s

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i64 @strlen(ptr)
declare i32 @memcmp(ptr, ptr, i64)
declare ptr @strcpy(ptr, ptr)
declare ptr @strncpy(ptr, ptr, i64)
declare void @free(ptr)
declare ptr @malloc(i64)
declare ptr @realloc(ptr, i64)
declare i64 @strtol(ptr, ptr, i32)
declare i32 @puts(ptr)
declare i64 @write(i32, ptr, i64)
declare i64 @pread(i32, ptr, i64, i64)
declare i32 @clock_gettime(i32, ptr)
declare i32 @getsockname(i32, ptr, ptr, ptr)
declare i32 @snprintf(ptr, i64, ptr, ...)
declare void @qsort(ptr, i64, i64, ptr)
declare void @keep(ptr)
declare double @sin(double)

; CHECK-LABEL: copier-pending for 'reads':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = call i64 @strlen(ptr %d)' : site #0 [destination read]
define void @reads(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @strlen(ptr %other)
  %source = call i64 @strlen(ptr %s)
  %b = call i64 @strlen(ptr %d)
  ret void
}

; A constant count bounds what is read.
; CHECK-LABEL: copier-pending for 'counted':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = call i32 @memcmp(ptr %d, ptr %s, i64 101)' : site #0 [destination read]
define void @counted(ptr noalias %d, ptr noalias %s) {
  %rest = getelementptr i8, ptr %d, i64 100
  call void @llvm.memcpy.p0.p0.i64(ptr %rest, ptr %s, i64 50, i1 false)
  %a = call i32 @memcmp(ptr %d, ptr %s, i64 100)
  %b = call i32 @memcmp(ptr %d, ptr %s, i64 101)
  ret void
}

; CHECK-LABEL: copier-pending for 'writes':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = call ptr @strncpy(ptr %s, ptr %other, i64 3)' : site #0 [source write]
define void @writes(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call ptr @strcpy(ptr %other, ptr %s)
  %b = call ptr @strncpy(ptr %s, ptr %other, i64 3)
  ret void
}

; CHECK-LABEL: copier-pending for 'frees':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'call void @free(ptr %s)' : site #0 [freed]
define void @frees(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @free(ptr %other)
  %a = call ptr @malloc(i64 %n)
  %x = call double @sin(double 1.0)
  call void @free(ptr %s)
  ret void
}

; The whole object goes, also what lies before the pointer.
; CHECK-LABEL: copier-pending for 'reallocates':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%p = call ptr @realloc(ptr %d, i64 9)' : site #0 [freed]
define void @reallocates(ptr noalias %d, ptr noalias %s, i64 %n) {
  %middle = getelementptr i8, ptr %d, i64 1000
  call void @llvm.memcpy.p0.p0.i64(ptr %middle, ptr %s, i64 8, i1 false)
  %p = call ptr @realloc(ptr %d, i64 9)
  ret void
}

; CHECK-LABEL: copier-pending for 'writes_pointer':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = call i64 @strtol(ptr %other, ptr %s, i32 10)' : site #0 [source write]
define void @writes_pointer(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  %end = alloca ptr
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @strtol(ptr %other, ptr %end, i32 10)
  %b = call i64 @strtol(ptr %other, ptr %s, i32 10)
  ret void
}

; An object of so many bytes, and no more.
; CHECK-LABEL: copier-pending for 'writes_object':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = call i32 @clock_gettime(i32 1, ptr %at1)' : site #0 [destination write]
define void @writes_object(ptr noalias %d, ptr noalias %s) {
  %at1 = getelementptr i8, ptr %d, i64 1
  %at16 = getelementptr i8, ptr %d, i64 16
  call void @llvm.memcpy.p0.p0.i64(ptr %at16, ptr %s, i64 9, i1 false)
  %a = call i32 @clock_gettime(i32 1, ptr %d)
  %b = call i32 @clock_gettime(i32 1, ptr %at1)
  ret void
}

; Who hands out data lets others go on; who may be cancelled never comes back.
; CHECK-LABEL: copier-pending for 'releases':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%a = call i64 @write(i32 1, ptr %other, i64 9)' : site #0 [release or cancellation point]
define void @releases(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @write(i32 1, ptr %other, i64 9)
  ret void
}
; CHECK-LABEL: copier-pending for 'may_be_cancelled':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%a = call i64 @pread(i32 1, ptr %other, i64 9, i64 0)' : site #0 [release or cancellation point]
define void @may_be_cancelled(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @pread(i32 1, ptr %other, i64 9, i64 0)
  ret void
}

; What may touch all that got out touches nothing that did not.
; CHECK-LABEL: copier-pending for 'escaped':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync before '%b = call i32 (ptr, i64, ptr, ...) @snprintf(ptr %other, i64 9, ptr %format)' : site #1 [destination write]
; CHECK-NEXT: csync_all before 'ret void' : site #0 [return]
define void @escaped(ptr noalias %other, ptr noalias %format) {
  %private = alloca [64 x i8]
  %source = alloca [64 x i8]
  %known = alloca [64 x i8]
  call void @keep(ptr %known)
  call void @llvm.memcpy.p0.p0.i64(ptr %private, ptr %source, i64 60, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %known, ptr %source, i64 60, i1 false)
  %b = call i32 (ptr, i64, ptr, ...) @snprintf(ptr %other, i64 9, ptr %format)
  ret void
}

; Not in the table: could do anything.
; CHECK-LABEL: copier-pending for 'not_listed':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @qsort(ptr %other, i64 9, i64 1, ptr @keep)' : site #0 [call]
define void @not_listed(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @qsort(ptr %other, i64 9, i64 1, ptr @keep)
  ret void
}

; Not the prototype of libc's getsockname, whose third parameter is the last.
; CHECK-LABEL: copier-pending for 'another_prototype':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%a = call i32 @getsockname(i32 1, ptr %other, ptr %other, ptr %other)' : site #0 [call]
define void @another_prototype(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i32 @getsockname(i32 1, ptr %other, ptr %other, ptr %other)
  ret void
}

; A name of libc's for which the module or the call says that it is another one.
; CHECK-LABEL: copier-pending for 'another_strlen':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%a = call i64 @strlen(ptr %other) #{{[0-9]+}}' : site #0 [call]
define void @another_strlen(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @strlen(ptr %other) nobuiltin
  ret void
}
; CHECK-LABEL: copier-pending for 'defined_here':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%a = call i64 @strnlen(ptr %other, i64 9)' : site #0 [call]
define void @defined_here(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = call i64 @strnlen(ptr %other, i64 9)
  ret void
}
define i64 @strnlen(ptr %p, i64 %n) noinline optnone {
  %v = load volatile i64, ptr %p
  ret i64 %v
}
