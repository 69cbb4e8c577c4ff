# Installs the three libraries of a build afresh: -D BUILD=<build folder> -D PREFIX=<where>
file(REMOVE_RECURSE ${PREFIX})
foreach(component context runtime guards)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                          --component ${component} COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)
endforeach()
