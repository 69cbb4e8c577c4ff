# Writes OUTPUT, a C++ source that defines the function bank::storage::NAME() with the migrations of
# FOLDER, in order of their numbers: cmake -DFOLDER=… -DNAME=… -DOUTPUT=… -P embed.cmake
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  if(NOT name MATCHES "^0*([1-9][0-9]*)_")
    message(FATAL_ERROR "${file}: a migration is named NUMBER_WHAT.sql")
  endif()
  set(number ${CMAKE_MATCH_1})
  file(READ ${file} sql)
  string(APPEND rows "      {${number}, R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"bank/storage/migration.hpp\"

namespace bank::storage {

std::span<const migration> ${NAME}() {
  static constexpr migration all[] = {
${rows}  };
  return all;
}

}  // namespace bank::storage
")
