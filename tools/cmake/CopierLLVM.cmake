# Finds LLVM, Clang and MLIR 22 as Debian packages them. Their package files
# accept only the exact version, so the major version is checked afterwards.
set(COPIER_LLVM_MAJOR 22)
set(COPIER_LLVM_HINT /usr/lib/llvm-${COPIER_LLVM_MAJOR} CACHE PATH
    "Prefix of the LLVM installation to build with")

foreach(package LLVM Clang MLIR)
  string(TOLOWER ${package} directory)
  find_package(${package} REQUIRED CONFIG
               HINTS ${COPIER_LLVM_HINT}/lib/cmake/${directory})
endforeach()
if(NOT LLVM_VERSION_MAJOR EQUAL COPIER_LLVM_MAJOR)
  message(FATAL_ERROR "LLVM ${COPIER_LLVM_MAJOR} is needed, ${LLVM_DIR} has "
                      "${LLVM_PACKAGE_VERSION}")
endif()
message(STATUS "LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_INSTALL_PREFIX}")
