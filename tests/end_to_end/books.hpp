#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace bank::end_to_end {

/// The books for replay tests: a real bank's books if available, else the shipped sample. Prints
/// which.
inline std::filesystem::path books_folder() {
  const std::filesystem::path real = std::filesystem::path(SOURCE_DIR) / "../shared/data/berka";
  const bool is_there = std::filesystem::exists(real / "transactions.csv");
  std::filesystem::path used =
      is_there ? real.lexically_normal()
               : std::filesystem::path(SOURCE_DIR) / "config/scenarios/sample-books";
  std::cout << "books: " << (is_there ? "real ones, " : "made-up ones, ") << used.string() << '\n';
  return used;
}

inline std::filesystem::path scenario_file(const std::string& name) {
  return std::filesystem::path(SOURCE_DIR) / "config/scenarios" / (name + ".json");
}

/// Books whose replay takes long enough to disturb the node during it.
inline void make_long_books(const std::filesystem::path& dir, std::size_t accounts,
                            std::size_t bookings) {
  std::filesystem::create_directories(dir);
  std::mt19937_64 random(accounts);
  std::vector<std::int64_t> balances(accounts, 0);
  std::ofstream lines(dir / "transactions.csv");
  lines << "id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\n";
  for (std::size_t i = 0; i < bookings; ++i) {
    const std::size_t account = random() % accounts;
    const auto amount = static_cast<std::int64_t>(random() % 1000 + 1);
    const bool is_credit = balances[account] < amount || random() % 2 == 0;
    balances[account] += is_credit ? amount : -amount;
    lines << i << ',' << account << ",2024-01-01," << (is_credit ? "credit," : "debit,") << amount
          << ",,,\n";
  }
  std::ofstream opened(dir / "accounts.csv");
  std::ofstream closing(dir / "closing_balances.csv");
  opened << "account,opened,statement\n";
  closing << "account,balance_minor\n";
  for (std::size_t i = 0; i < accounts; ++i) {
    opened << i << ",2024-01-01,monthly\n";
    closing << i << ',' << balances[i] << '\n';
  }
}

}  // namespace bank::end_to_end
