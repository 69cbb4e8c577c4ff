# Unity builds: files of one group are compiled as one, so that the headers and templates they share
# are compiled once. That halves the time of a build.
#
#   lifeline_sources(TARGET UNITY file… [UNITY file…]… [ALONE file…])
#
# Two files in which unnamed namespaces define the same name can't be in one group: the compiler says
# so. In a group GCC can't tell which names shadow global ones. A group should take at most ten
# seconds. With LIFELINE_UNITY=OFF each file is compiled alone, as the preset `debug` does, and
# clang-tidy.
option(LIFELINE_UNITY "Compile files in groups" ON)

function(lifeline_sources target)
  set(group "")
  set(number 0)
  foreach(item IN LISTS ARGN)
    if(item STREQUAL "UNITY")
      math(EXPR number "${number} + 1")
      set(group "unity_${number}")
    elseif(item STREQUAL "ALONE")
      set(group "")
    else()
      target_sources(${target} PRIVATE ${item})
      if(group)
        set_source_files_properties(${item} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${group})
      endif()
    endif()
  endforeach()
  if(LIFELINE_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    # GCC takes what an included source defines for its own for a header's.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
