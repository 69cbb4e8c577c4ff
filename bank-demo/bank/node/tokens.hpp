#pragma once

#include <filesystem>
#include <string>

#include "bank/storage/token_store.hpp"

namespace bank::node {

/// Adds a token and returns its secret, which can't be read again.
storage::result<std::string> issue_token(const lifeline::context& ctx, storage::token_store& tokens,
                                         storage::role granted, std::string owner);

/// Ensures that `data_dir/admin.token` holds an admin's secret: creates a token if the file is
/// missing or its token is unknown to the store. A revoked or expired token stays, with a warning
/// in the log. Throws storage::startup_error.
void provide_admin_token(const lifeline::context& ctx, storage::token_store& tokens,
                         const std::filesystem::path& data_dir);

}  // namespace bank::node
