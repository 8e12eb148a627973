# copier::sanitizer: compiles and links with -fsanitize=copier, which
# copier-clang understands, and finds <sanitizer/copsan_interface.h>.
if(NOT TARGET copier::sanitizer)
  get_filename_component(copier_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(copier::sanitizer INTERFACE IMPORTED)
  set_target_properties(copier::sanitizer PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${copier_prefix}/include"
    INTERFACE_COMPILE_OPTIONS -fsanitize=copier
    INTERFACE_LINK_OPTIONS -fsanitize=copier)
  unset(copier_prefix)
endif()
