#pragma once

#include <filesystem>
#include <string>

#include "bank/storage/token_store.hpp"

namespace bank::node {

/// Adds a token and gives its secret: this is the one time it can be seen.
storage::result<std::string> issue_token(const lifeline::context& ctx, storage::token_store& tokens,
                                         storage::role granted, std::string owner);

/// Sees to it that `data_dir/admin.token` holds an admin's secret: makes a token if there is no
/// such file, or if the store does not know what is in it. A token that was revoked or has expired
/// is left alone, and said. Throws storage::startup_error.
void provide_admin_token(const lifeline::context& ctx, storage::token_store& tokens,
                         const std::filesystem::path& data_dir);

}  // namespace bank::node
