//===- Plugin.cpp - What CopierSanitizer learns from the source ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loaded by clang (-fplugin), not by linkers. It turns no_sanitize("copier"),
// of which clang knows nothing, into an annotation, and keeps what SourcePlaces
// finds until the pass asks for it.
//
//===----------------------------------------------------------------------===//

#include "SourcePlaces.h"
#include "pass/Annotations.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/AST/Attr.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"

using namespace clang;

static std::string Places;

/// Read by the pass, in the same process (pass/Places.cpp).
extern "C" __attribute__((visibility("default"))) const char *copsan_places() {
  return Places.c_str();
}

namespace {

class Consumer : public ASTConsumer {
public:
  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    for (Decl *D : Group)
      annotate(D);
    return true;
  }

  void HandleTranslationUnit(ASTContext &Context) override {
    Places = copsan::findPlaces(Context);
  }

private:
  static void annotate(Decl *D) {
    if (auto *Template = dyn_cast<FunctionTemplateDecl>(D))
      annotate(Template->getTemplatedDecl());
    if (auto *Scope = dyn_cast<DeclContext>(D))
      if (isa<NamespaceDecl, LinkageSpecDecl, RecordDecl>(D))
        for (Decl *Inner : Scope->decls())
          annotate(Inner);
    auto *F = dyn_cast<FunctionDecl>(D);
    if (!F || F->hasAttr<AnnotateAttr>())
      return;
    for (const auto *A : F->specific_attrs<NoSanitizeAttr>())
      for (StringRef Name : A->sanitizers())
        if (Name == "copier")
          F->addAttr(AnnotateAttr::CreateImplicit(
              F->getASTContext(), COPSAN_UNCHECKED_ANNOTATION, nullptr, 0));
  }
};

class Action : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &,
                                                 StringRef) override {
    return std::make_unique<Consumer>();
  }
  bool ParseArgs(const CompilerInstance &,
                 const std::vector<std::string> &) override {
    return true;
  }
  ActionType getActionType() override { return AddBeforeMainAction; }
};

} // namespace

static FrontendPluginRegistry::Add<Action>
    Registration("copsan-places", "Tell CopierSanitizer about the source");
