# find_package(copier): the targets copier::copier, shared, and
# copier::copier_static.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/copier-targets.cmake)
