# The test suites of Copier, run by LLVM's lit against an installed tree.
#
# Suites, by directory: format (sources are formatted), unit (C unit tests),
# runtime, consumer (programs that use libcopier), manual (its man pages),
# models (Spin), stress (random programs against a model), passes, driver, exec
# (whole programs under every backend), conformance (a part of it), sanitizer, tools,
# bench (that the benchmarks run; never how fast), mlir, kernel (guests under QEMU).

import os
import shutil

import lit.formats

config.name = "Copier"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".c", ".cpp", ".ll", ".test"]
config.excludes = ["Inputs", "lib", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.copier_test_output
# In seconds: several times what the longest test takes on two busy processors. What
# hangs must not take the others' results along.
lit_config.maxIndividualTestTime = 1800

# A test sees none of the caller's Copier settings.
for name in list(config.environment):
    if name.startswith("COPIER_"):
        del config.environment[name]
for name in ("CFLAGS", "CXXFLAGS", "LDFLAGS"):
    config.environment.pop(name, None)

prefix = config.copier_prefix
llvm_bin = config.llvm_tools_dir
config.environment["PATH"] = os.pathsep.join(
    [llvm_bin, config.environment.get("PATH", os.environ["PATH"])])

helpers = os.path.join(config.test_source_root, "lib")
config.substitutions += [
    # The compiler under test, and stock clang to compare it with.
    ("%copier-clang\\+\\+", f"{prefix}/bin/copier-clang++"),
    ("%copier-clang", f"{prefix}/bin/copier-clang"),
    ("%clang\\+\\+", f"{llvm_bin}/clang++"),
    ("%clang", f"{llvm_bin}/clang"),
    # opt with CopierGen loaded: its passes can be named in -passes=.
    ("%opt-copier", f"{llvm_bin}/opt -load-pass-plugin={prefix}/lib/copier/CopierGen.so"),
    ("%plugin", f"{prefix}/lib/copier/CopierGen.so"),
    # Flags to build and link a program that is ported by hand.
    ("%libcopier", f"-I{prefix}/include -L{prefix}/lib -Wl,-rpath,{prefix}/lib -lcopier -lpthread"),
    # %run-backends PROGRAM ARGS: runs it under every backend and compares.
    ("%run-backends", f"{config.python_executable} {helpers}/run_backends.py"),
    # What plays /dev/copier when it is preloaded; FAKE_COPIER makes it difficult.
    ("%fake-device", f"{config.copier_build}/test/fake_device/fake_device.so"),
    # PATH, for tests that put something in front of it.
    ("%{path}", config.environment["PATH"]),
    ("%prefix", prefix),
    ("%build", config.copier_build),
    ("%source", config.copier_source),
    ("%python", config.python_executable),
]
for tool in ("ccache", "shellcheck", "valgrind"):
    if shutil.which(tool):
        config.available_features.add(tool)
if len(os.sched_getaffinity(0)) >= 2:
    config.available_features.add("two-cpus")
