// What every program that is built with sanitizers tells them (CMake: LIFELINE_SANITIZE).

/// libpqxx 6.4 loses one result (2,264 bytes) for each connection that breaks while a statement
/// runs: it asks for the connection's encoding before anything owns the result, and throws
/// `broken_connection` there (`pqxx::connection_base::make_result`). No caller can free it. It is
/// bounded: a broken connection is closed. The library has no symbols, so its name stands here.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so\n"; }
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }

/// Undefined behaviour ends the program, but for what CAF's own headers do.
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1:suppressions=" LIFELINE_UNDEFINED_SUPPRESSIONS;
}
