# `cmake --install` installs headers, libraries and a package for find_package(lifeline).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(lifeline_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lifeline)

# lifeline_install(COMPONENT ROOMS …): installs library lifeline_COMPONENT and the headers of its
# rooms.
function(lifeline_install component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "ROOMS")
  set_target_properties(lifeline_${component} PROPERTIES EXPORT_NAME ${component})
  target_include_directories(lifeline_${component} INTERFACE
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  foreach(room IN LISTS arg_ROOMS)
    install(DIRECTORY lifeline/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lifeline
            COMPONENT ${component} FILES_MATCHING PATTERN "*.hpp")
  endforeach()
  install(TARGETS lifeline_${component} EXPORT lifeline_${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
  install(EXPORT lifeline_${component} FILE lifeline-${component}-targets.cmake
          NAMESPACE lifeline:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lifeline COMPONENT ${component})
endfunction()

lifeline_install(context ROOMS context time observe)
lifeline_install(runtime ROOMS actor bus supervision work)

configure_package_config_file(
  ${CMAKE_CURRENT_SOURCE_DIR}/cmake/lifeline-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/lifeline-config.cmake INSTALL_DESTINATION ${lifeline_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/lifeline-config-version.cmake
                                 VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lifeline-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/lifeline-config-version.cmake
        DESTINATION ${lifeline_package_dir} COMPONENT context)
install(FILES cmake/FindCaf.cmake DESTINATION ${lifeline_package_dir} COMPONENT runtime)
