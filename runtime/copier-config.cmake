# find_package(copier): the targets copier::copier, shared, and
# copier::copier_static. COMPONENTS sanitizer: the target copier::sanitizer, too.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/copier-targets.cmake)
foreach(component IN LISTS copier_FIND_COMPONENTS)
  if(component STREQUAL "sanitizer")
    include(${CMAKE_CURRENT_LIST_DIR}/copier-sanitizer.cmake
            OPTIONAL RESULT_VARIABLE copier_sanitizer_FOUND)
  endif()
  if(copier_FIND_REQUIRED_${component} AND NOT copier_${component}_FOUND)
    set(copier_FOUND FALSE)
    set(copier_NOT_FOUND_MESSAGE "copier has no component '${component}' here")
  endif()
endforeach()
