# What `cmake --install` gives: the library, its headers, the command, a CMake package and a .pc file.
include(CMakePackageConfigHelpers)

set(quarry_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/quarry)
install(TARGETS quarry EXPORT quarry_targets FILE_SET HEADERS)
install(EXPORT quarry_targets NAMESPACE quarry:: FILE quarry-targets.cmake
        DESTINATION ${quarry_cmake_dir})
configure_package_config_file(cmake/quarry-config.cmake.in
  ${PROJECT_BINARY_DIR}/quarry-config.cmake INSTALL_DESTINATION ${quarry_cmake_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/quarry-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/quarry-config.cmake
              ${PROJECT_BINARY_DIR}/quarry-config-version.cmake DESTINATION ${quarry_cmake_dir})
# The .pc file finds its prefix from where it lies, so that an installed tree can be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
           BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE quarry_pc_to_prefix)
# An absolute directory stays what it is.
cmake_path(APPEND quarry_pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND quarry_pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(cmake/quarry.pc.in ${PROJECT_BINARY_DIR}/quarry.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/quarry.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(QUARRY_BUILD_TOOLS)
  install(TARGETS quarry_command)
endif()
