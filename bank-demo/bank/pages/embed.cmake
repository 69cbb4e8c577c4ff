# Writes the pages' files into a C++ source, in the order of their paths.
#
#   cmake -D FOLDER=… -D FILES=a;b;c=/elsewhere/d -D OUTPUT=… -P embed.cmake
#
# `c=/elsewhere/d` embeds a file from another folder under the name c.
# `customer/index.html` is served at `/`, another folder's `index.html` at `/FOLDER`, everything else
# at `/pages/` and its name.

set(type_of_html "text/html; charset=utf-8")
set(type_of_js "text/javascript; charset=utf-8")
set(type_of_css "text/css; charset=utf-8")
set(type_of_svg "image/svg+xml")
set(type_of_png "image/png")

function(path_of file result)
  set(path "/pages/${file}")
  if(file STREQUAL "customer/index.html")
    set(path "/")
  elseif(file MATCHES "^([a-z]+)/index\\.html$")
    set(path "/${CMAKE_MATCH_1}")
  endif()
  set(${result} "${path}" PARENT_SCOPE)
endfunction()

set(rows)
foreach(file IN LISTS FILES)
  set(source "${FOLDER}/${file}")
  if(file MATCHES "^([^=]+)=(.+)$")
    set(file "${CMAKE_MATCH_1}")
    set(source "${CMAKE_MATCH_2}")
  endif()
  path_of(${file} path)
  set(source_of_${file} "${source}")
  list(APPEND rows "${path} ${file}")  # a space sorts before every character of a path
endforeach()
list(SORT rows)

set(arrays "")
set(table "")
set(n 0)
foreach(row IN LISTS rows)
  string(REPLACE " " ";" row "${row}")
  list(GET row 0 path)
  list(GET row 1 file)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_of_${extension})
    message(FATAL_ERROR "${file}: no content type for .${extension}; add a type_of_${extension} to embed.cmake")
  endif()
  file(READ "${source_of_${file}}" bytes HEX)
  file(SHA256 "${source_of_${file}}" digest)
  string(SUBSTRING ${digest} 0 32 digest)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
  # A single literal would exceed the compiler's line limit.
  string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)" "\"\\1\"\n" bytes "${bytes}")
  string(APPEND arrays "constexpr std::string_view file_${n}(\n${bytes}, ${size});\n")
  string(APPEND table "    {\"${path}\", \"${type_of_${extension}}\", \"\\\"${digest}\\\"\", file_${n}},\n")
  math(EXPR n "${n} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by embed.cmake.
#include <array>

#include \"bank/pages/page_file.hpp\"

namespace bank::pages {
namespace {

${arrays}
constexpr std::array<page_file, ${n}> files{{
${table}}};

}  // namespace

std::span<const page_file> all_files() noexcept { return files; }

}  // namespace bank::pages
")
