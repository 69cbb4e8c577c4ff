#include <cstdio>
#include <exception>

#include "driver/commands.hpp"
#include "driver/report.hpp"

namespace {

int carry_out(const bank::driver::answered& c) { return c.exit_status; }
int carry_out(const bank::driver::run_options& c) { return bank::driver::run(c); }
int carry_out(const bank::driver::list_options& c) { return bank::driver::list(c); }
int carry_out(const bank::driver::check_options& c) { return bank::driver::check(c); }

int carry_out(const bank::driver::compare_options& c) { return bank::driver::compare(c); }
int carry_out(const bank::driver::schema_options& c) { return bank::driver::schema(c); }

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto command = bank::driver::read_command_line(argc, argv, BANK_VERSION);
    return std::visit([](const auto& c) { return carry_out(c); }, command);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bank-driver: %s\n", e.what());
    return static_cast<int>(bank::driver::exit_status::run_failed);
  }
}
