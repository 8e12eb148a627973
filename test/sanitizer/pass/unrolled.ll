; Accesses in a row that come from one of the source are one check, and so the loop
; is checked as a whole. With a gap, or of two places in the source, they are not.
; RUN: %opt-copsan -passes=copsan-mark,copsan -S %s | FileCheck %s

; CHECK-LABEL: @unrolled(
; CHECK: call preserve_mostcc void @__copsan_read(ptr %p, i64 %{{.*}}, ptr null)
; CHECK: loop:
; CHECK-NOT: __copsan
; CHECK: ret i8
define i8 @unrolled(ptr %p, i64 %n) !dbg !4 {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i8 [ 0, %entry ], [ %new, %loop ]
  %odd = or disjoint i64 %i, 1
  %a = getelementptr i8, ptr %p, i64 %i
  %b = getelementptr i8, ptr %p, i64 %odd
  %v = load i8, ptr %a, !dbg !5
  %w = load i8, ptr %b, !dbg !5
  %both = xor i8 %v, %w
  %new = mul i8 %both, %sum
  %next = add nuw nsw i64 %i, 2
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret i8 %new
}

; CHECK-LABEL: @gap(
; CHECK: loop:
; CHECK: call preserve_mostcc void @__copsan_read(ptr %a, i64 1, ptr null)
; CHECK: call preserve_mostcc void @__copsan_read(ptr %b, i64 1, ptr null)
; CHECK: ret i8
define i8 @gap(ptr %p, i64 %n) !dbg !6 {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i8 [ 0, %entry ], [ %new, %loop ]
  %odd = or disjoint i64 %i, 2
  %a = getelementptr i8, ptr %p, i64 %i
  %b = getelementptr i8, ptr %p, i64 %odd
  %v = load i8, ptr %a, !dbg !7
  %w = load i8, ptr %b, !dbg !7
  %both = xor i8 %v, %w
  %new = mul i8 %both, %sum
  %next = add nuw nsw i64 %i, 4
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret i8 %new
}

; CHECK-LABEL: @places(
; CHECK: loop:
; CHECK: call preserve_mostcc void @__copsan_read(ptr %a, i64 1, ptr null)
; CHECK: call preserve_mostcc void @__copsan_read(ptr %b, i64 1, ptr null)
; CHECK: ret i8
define i8 @places(ptr %p, i64 %n) !dbg !8 {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %sum = phi i8 [ 0, %entry ], [ %new, %loop ]
  %odd = or disjoint i64 %i, 1
  %a = getelementptr i8, ptr %p, i64 %i
  %b = getelementptr i8, ptr %p, i64 %odd
  %v = load i8, ptr %a, !dbg !9
  %w = load i8, ptr %b, !dbg !10
  %both = xor i8 %v, %w
  %new = mul i8 %both, %sum
  %next = add nuw nsw i64 %i, 2
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret i8 %new
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "unrolled.c", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !DISubroutineType(types: !{})
!4 = distinct !DISubprogram(name: "unrolled", file: !1, line: 1, type: !3, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DILocation(line: 2, column: 3, scope: !4)
!6 = distinct !DISubprogram(name: "gap", file: !1, line: 5, type: !3, unit: !0, spFlags: DISPFlagDefinition)
!7 = !DILocation(line: 6, column: 3, scope: !6)
!8 = distinct !DISubprogram(name: "places", file: !1, line: 9, type: !3, unit: !0, spFlags: DISPFlagDefinition)
!9 = !DILocation(line: 10, column: 3, scope: !8)
!10 = !DILocation(line: 11, column: 3, scope: !8)
