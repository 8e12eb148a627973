//===- SourcePlaces.cpp - Where in the source a csync can go ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A csync becomes a statement before the one that accesses, if all that happens
// before the access in that statement is without effect, and the access happens
// whenever the statement does. Else it goes into the expression itself.
//
//===----------------------------------------------------------------------===//

#include "SourcePlaces.h"
#include "runtime/instrumentation.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace {

bool hasOwnEffect(const Stmt *S) {
  if (const auto *Op = dyn_cast<BinaryOperator>(S))
    return Op->isAssignmentOp();
  if (const auto *Op = dyn_cast<UnaryOperator>(S))
    return Op->isIncrementDecrementOp();
  return isa<CallExpr, CXXConstructExpr, CXXNewExpr, CXXDeleteExpr, StmtExpr,
             CXXThrowExpr, AtomicExpr>(S);
}

unsigned countEffects(const Stmt *S) {
  if (!S || isa<LambdaExpr>(S))
    return 0;
  unsigned Count = hasOwnEffect(S);
  for (const Stmt *Child : S->children())
    Count += countEffects(Child);
  return Count;
}

class PlaceFinder : public RecursiveASTVisitor<PlaceFinder> {
public:
  explicit PlaceFinder(ASTContext &C)
      : Context(C), SM(C.getSourceManager()), Options(C.getLangOpts()) {}

  std::string take() {
    std::string Result;
    for (const auto &Place : Known)
      Result += Place.getKey().str() + Place.getValue() + "\n";
    return Result;
  }

  bool TraverseDecl(Decl *D) {
    if (D && D->getLocation().isValid() &&
        SM.isInSystemHeader(D->getLocation()))
      return true;
    return RecursiveASTVisitor::TraverseDecl(D);
  }

  bool VisitFunctionDecl(FunctionDecl *F) {
    if (F->doesThisDeclarationHaveABody())
      visitStatement(F->getBody());
    return true;
  }

  // The bodies are visited by visitStatement alone.
  bool TraverseStmt(Stmt *) { return true; }

private:
  /// The statement that a csync can go in front of.
  struct AnchorTy {
    const Stmt *Statement = nullptr;
    bool NeedsBraces = false;
    unsigned Effects = 0; ///< Within it, on the way to an access.
    bool IsInPlace = false;
  };

  void visitStatement(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S)) {
      for (const Stmt *Child : Block->body())
        visitIn(Child, /*NeedsBraces=*/false);
      addEnd("E", Block->getRBracLoc(), Block->getRBracLoc(),
             COPSAN_FIX_STATEMENT, Block->getRBracLoc());
    }
  }

  /// \p S is a statement of its own: in a block, or the body of something.
  void visitIn(const Stmt *S, bool NeedsBraces) {
    if (!S)
      return;
    if (isa<CompoundStmt>(S)) {
      visitStatement(S);
      return;
    }
    AnchorTy Old = Anchor;
    Anchor = {S, NeedsBraces, 0, false};
    visitParts(S);
    Anchor = Old;
  }

  void visitParts(const Stmt *S) {
    if (const auto *If = dyn_cast<IfStmt>(S)) {
      visitOnce(If->getCond(), If->getInit() || If->hasVarStorage());
      visitIn(If->getThen(), true);
      visitIn(If->getElse(), true);
    } else if (const auto *While = dyn_cast<WhileStmt>(S)) {
      visitOnce(While->getCond(), true);
      visitIn(While->getBody(), true);
    } else if (const auto *Do = dyn_cast<DoStmt>(S)) {
      visitOnce(Do->getCond(), true);
      visitIn(Do->getBody(), true);
    } else if (const auto *For = dyn_cast<ForStmt>(S)) {
      visitOnce(For->getInit(), false);
      visitOnce(For->getCond(), true);
      visitOnce(For->getInc(), true);
      visitIn(For->getBody(), true);
    } else if (const auto *Range = dyn_cast<CXXForRangeStmt>(S)) {
      visitIn(Range->getBody(), true);
    } else if (const auto *Switch = dyn_cast<SwitchStmt>(S)) {
      visitOnce(Switch->getCond(), false);
      visitIn(Switch->getBody(), false);
    } else if (const auto *Case = dyn_cast<SwitchCase>(S)) {
      visitIn(Case->getSubStmt(), false);
    } else if (const auto *Label = dyn_cast<LabelStmt>(S)) {
      visitIn(Label->getSubStmt(), false);
    } else if (const auto *Try = dyn_cast<CXXTryStmt>(S)) {
      visitIn(Try->getTryBlock(), false);
      for (unsigned I = 0; I != Try->getNumHandlers(); ++I)
        visitIn(Try->getHandler(I)->getHandlerBlock(), false);
    } else {
      visitSimple(S);
    }
  }

  /// A statement without statements in it.
  void visitSimple(const Stmt *S) {
    Anchor.Effects = countEffects(S);
    if (const auto *Return = dyn_cast<ReturnStmt>(S))
      addEnd("R", Return->getBeginLoc(), Return->getBeginLoc(),
             Anchor.NeedsBraces ? COPSAN_FIX_BRACES : COPSAN_FIX_STATEMENT,
             endOf(S));
    if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls()) {
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit())
          visitExpr(Var->getInit(), 0);
        Anchor.IsInPlace = true; // What follows may use the first.
      }
      return;
    }
    visitExpr(S, 0);
  }

  /// An expression that is evaluated once before the rest of the statement, or,
  /// if \p Often, not so.
  void visitOnce(const Stmt *S, bool Often) {
    AnchorTy Old = Anchor;
    Anchor.IsInPlace |= Often;
    Anchor.Effects = countEffects(S);
    if (const auto *Decls = dyn_cast_or_null<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit())
          visitExpr(Var->getInit(), 0);
    } else if (S) {
      visitExpr(S, 0);
    }
    Anchor = Old;
  }

  /// \p Above: effects of expressions that \p S is a part of, which come after.
  void visitExpr(const Stmt *S, unsigned Above) {
    if (!S)
      return;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      AnchorTy Old = Anchor;
      visitStatement(Lambda->getBody());
      Anchor = Old;
      return;
    }
    noteAccess(S, Above);
    Above += hasOwnEffect(S);
    bool WasInPlace = Anchor.IsInPlace;
    bool IsFirst = true;
    for (const Stmt *Child : S->children()) {
      visitExpr(Child, Above);
      if (IsFirst && isConditional(S))
        Anchor.IsInPlace = true;
      IsFirst = false;
    }
    Anchor.IsInPlace = WasInPlace;
  }

  static bool isConditional(const Stmt *S) {
    const auto *Op = dyn_cast<BinaryOperator>(S);
    return (Op && Op->isLogicalOp()) || isa<AbstractConditionalOperator>(S) ||
           (Op && Op->getOpcode() == BO_Comma);
  }

  void noteAccess(const Stmt *S, unsigned Above) {
    if (const auto *Cast = dyn_cast<CastExpr>(S)) {
      if (Cast->getCastKind() == CK_LValueToRValue)
        addAccess("L", Cast->getSubExpr(), Cast->getExprLoc(), Above);
    } else if (const auto *Op = dyn_cast<BinaryOperator>(S)) {
      if (Op->isAssignmentOp())
        addAssignment(*Op, Above + 1);
    } else if (const auto *Step = dyn_cast<UnaryOperator>(S)) {
      if (Step->isIncrementDecrementOp())
        for (StringRef Kind : {"L", "S"})
          addAccess(Kind, Step->getSubExpr(), Step->getExprLoc(), Above + 1);
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      addCall(*Call, Above + 1);
    }
  }

  void addAssignment(const BinaryOperator &Op, unsigned Above) {
    addAccess("S", Op.getLHS(), Op.getOperatorLoc(), Above);
    if (Op.isCompoundAssignmentOp())
      addAccess("L", Op.getLHS(), Op.getOperatorLoc(), Above);
    else if (Op.getLHS()->getType()->isRecordType())
      // A struct is copied at the operator.
      addAccess("L", Op.getRHS()->IgnoreParenImpCasts(), Op.getOperatorLoc(),
                Above);
  }

  /// A load (L) or store (S) of \p Object, at \p Loc.
  void addAccess(StringRef Kind, const Expr *Object, SourceLocation Loc,
                 unsigned Above) {
    Object = Object->IgnoreParens();
    std::string Csync = csyncOf(*Object);
    if (Csync.empty())
      return;
    // What *p++ does itself is accounted for.
    if (Object->HasSideEffects(Context))
      ++Above;
    add(Kind, Loc, Csync, *Object, Above);
    if (Object->getExprLoc() != Loc)
      add(Kind, Object->getExprLoc(), Csync, *Object, Above);
  }

  /// csync of the bytes of \p Object; empty if that cannot be written.
  std::string csyncOf(const Expr &Whole) {
    const Expr *Object = Whole.IgnoreParens();
    if (!Object->isLValue() || Object->refersToBitField() ||
        Object->refersToVectorElement())
      return "";
    const auto *Deref = dyn_cast<UnaryOperator>(Object);
    if (Deref && Deref->getOpcode() == UO_Deref) {
      const Expr *Pointer = Deref->getSubExpr()->IgnoreParenImpCasts();
      const auto *Step = dyn_cast<UnaryOperator>(Pointer);
      if (Step && Step->isPostfix())
        Pointer = Step->getSubExpr();
      std::string Name = text(Pointer->getSourceRange());
      if (!Name.empty() && !Pointer->HasSideEffects(Context))
        return "csync(" + Name + ", sizeof(*(" + Name + ")))";
      return "";
    }
    std::string Name = text(Object->getSourceRange());
    if (Name.empty() || Object->HasSideEffects(Context))
      return "";
    return "csync(&" + Name + ", sizeof(" + Name + "))";
  }

  void addCall(const CallExpr &Call, unsigned Above) {
    const FunctionDecl *Callee = Call.getDirectCallee();
    if (!Callee || !Callee->getIdentifier())
      return;
    std::string Arguments;
    for (unsigned I = 0; I != 6; ++I) {
      if (I)
        Arguments += "\t";
      if (I < Call.getNumArgs() && !Call.getArg(I)->HasSideEffects(Context))
        Arguments += text(Call.getArg(I)->getSourceRange());
    }
    add("C", Call.getExprLoc(), Arguments, Call, Above);
  }

  //===--------------------------------------------------------------------===//
  // Text and places
  //===--------------------------------------------------------------------===//

  /// As it stands in the file, on one line; empty if a macro is cut.
  std::string text(SourceRange Range) {
    CharSourceRange File = Lexer::makeFileCharRange(
        CharSourceRange::getTokenRange(Range), SM, Options);
    if (File.isInvalid())
      return "";
    std::string Result = Lexer::getSourceText(File, SM, Options).str();
    if (Result.find_first_of("\n\t\\") != std::string::npos)
      return "";
    return Result;
  }

  SourceLocation endOf(const Stmt *S) {
    SourceLocation End = SM.getExpansionRange(S->getEndLoc()).getEnd();
    SourceLocation Behind = Lexer::findLocationAfterToken(
        End, tok::semi, SM, Options, /*SkipTrailingWhitespace=*/false);
    return Behind.isValid() ? Behind
                            : Lexer::getLocForEndOfToken(End, 0, SM, Options);
  }

  /// "\tLINE\tCOLUMN" in the file itself.
  std::string position(SourceLocation Loc) {
    Loc = SM.getExpansionLoc(Loc);
    return "\t" + std::to_string(SM.getSpellingLineNumber(Loc)) + "\t" +
           std::to_string(SM.getSpellingColumnNumber(Loc));
  }

  void put(StringRef Kind, SourceLocation Loc, bool WithColumn,
           const std::string &Value) {
    SourceLocation Expansion = SM.getExpansionLoc(Loc);
    PresumedLoc Presumed = SM.getPresumedLoc(Expansion);
    OptionalFileEntryRef File =
        SM.getFileEntryRefForID(SM.getFileID(Expansion));
    if (Presumed.isInvalid() || !File || SM.isInSystemHeader(Expansion))
      return;
    SmallString<256> Path = File->getName();
    llvm::sys::fs::make_absolute(Path);
    llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
    std::string Key =
        (Kind + "\t" + Path + "\t" + std::to_string(Presumed.getLine()) + "\t" +
         std::to_string(WithColumn ? Presumed.getColumn() : 0))
            .str();
    Known.try_emplace(Key, Value);
  }

  /// An access or call \p Where, of \p Object.
  void add(StringRef Kind, SourceLocation Where, const std::string &Text,
           const Expr &Object, unsigned Above) {
    if (!Anchor.Statement)
      return;
    bool IsInPlace = Anchor.IsInPlace || Anchor.Effects > Above;
    std::string Value = "\t";
    if (IsInPlace) {
      CharSourceRange File = Lexer::makeFileCharRange(
          CharSourceRange::getTokenRange(Object.getSourceRange()), SM, Options);
      if (File.isInvalid() || (Kind != "C" && Object.HasSideEffects(Context)))
        return;
      Value += std::to_string(Kind == "C" ? COPSAN_FIX_IN_VALUE
                                          : COPSAN_FIX_IN_PLACE) +
               position(File.getBegin()) + position(File.getEnd());
    } else {
      Value += std::to_string(Anchor.NeedsBraces ? COPSAN_FIX_BRACES
                                                 : COPSAN_FIX_STATEMENT) +
               position(Anchor.Statement->getBeginLoc()) +
               position(endOf(Anchor.Statement));
    }
    put(Kind, Where, true, Value + "\t" + Text);
    // Optimizations move locations within a line: its first one is a guess.
    put(Kind, Where, false, Value + "\t" + Text);
  }

  /// A return (R) or the end of a block (E), at \p Where: a csync goes to
  /// \p Begin.
  void addEnd(StringRef Kind, SourceLocation Where, SourceLocation Begin,
              int Mode, SourceLocation End) {
    put(Kind, Where, false,
        "\t" + std::to_string(Mode) + position(Begin) + position(End) + "\t");
  }

  ASTContext &Context;
  SourceManager &SM;
  const LangOptions &Options;
  AnchorTy Anchor;
  llvm::StringMap<std::string> Known;
};

} // namespace

std::string copsan::findPlaces(ASTContext &Context) {
  PlaceFinder Finder(Context);
  Finder.TraverseDecl(Context.getTranslationUnitDecl());
  return Finder.take();
}
