# Configures, builds and runs the project in SOURCE against what is installed in PREFIX.
file(REMOVE_RECURSE ${BUILD})
separate_arguments(ARGUMENTS)
execute_process(
  COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G ${GENERATOR} -D lifeline_ROOT=${PREFIX}
          -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=${BUILD_TYPE}
          "-DCMAKE_CXX_FLAGS=${FLAGS}" ${ARGUMENTS}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BUILD}/embedded COMMAND_ERROR_IS_FATAL ANY)
