#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace bank::books::testing {

/// A folder with books, removed at the end of the test.
class book_folder {
 public:
  book_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "books-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
    write("accounts.csv", "account,opened,statement\n7,2024-01-01,monthly\n8,2024-01-01,weekly\n");
    write("transactions.csv", header() +
                                  "1,7,2024-01-02,credit,500,cash_deposit,,\n"
                                  "2,8,2024-01-02,credit,100,,,\n"
                                  "3,7,2024-01-03,debit,700,cash_withdrawal,AB,12\n"
                                  "4,7,2024-01-03,credit,250,cash_deposit,,\n");
    write("closing_balances.csv", "account,balance_minor\n8,100\n7,50\n");
  }
  book_folder(const book_folder&) = delete;
  book_folder& operator=(const book_folder&) = delete;
  ~book_folder() { std::filesystem::remove_all(path_); }

  static std::string header() {
    return "id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\n";
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bank::books::testing
