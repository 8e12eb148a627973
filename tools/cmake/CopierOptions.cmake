# Language levels and warnings of every target of this project.
set(CMAKE_C_STANDARD 17)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # libcopier is Linux code: it needs _GNU_SOURCE.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Debug information and messages name sources by their place in the project.
add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=build
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

add_library(copier_warnings INTERFACE)
target_compile_options(copier_warnings INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wno-unused-parameter
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>)

# C++ that is built against LLVM: its headers are system headers, and neither
# exceptions nor RTTI are used.
add_library(copier_llvm INTERFACE)
target_include_directories(copier_llvm SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(copier_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(copier_llvm INTERFACE
  ${copier_llvm_definitions} -fno-exceptions -fno-rtti)
target_link_libraries(copier_llvm INTERFACE copier_warnings)
