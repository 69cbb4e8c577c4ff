
#include <utility>

#include "bank/api/observe/log.hpp"
#include "bank/json/write.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::job;
using lifeline::job_result;

/// Share of the whole that the walk through the entries takes: by far the longest step.
constexpr double entries_share = 0.9;

std::string text_of(const storage::verification& v) {
  std::string out = R"({"whole":)";
  out += v.broken ? "false" : "true";
  out += R"(,"break":)";
  if (v.broken) {
    json::append_string(out, *v.broken);
  } else {
    out += "null";
  }
  out += R"(,"accounts":)" + std::to_string(v.accounts);
  out += R"(,"transfers":)" + std::to_string(v.transfers);
  out += R"(,"sequence":)" + std::to_string(v.sequence);
  out += R"(,"chain":{"first":)" + std::to_string(v.chain.first);
  out += R"(,"last":)" + std::to_string(v.chain.last);
  out += R"(,"head":")" + lifeline::ledger::hex_text(v.chain.head) + "\"}}";
  return out;
}

job_result run(const context& ctx, const job& me, const books_verifier& verify) {
  const auto found = verify(ctx, [&](const storage::verify_progress& p) {
    if (p.total != 0)
      me.progress(entries_share * static_cast<double>(p.done) / static_cast<double>(p.total));
  });
  if (ctx.done()) return ctx.cause();
  if (!found)
    return lifeline::error(make_error_code(std::errc::io_error),
                           "the ledger can't be read: " + found.error().detail);
  if (found->broken) log::error("job {}: the ledger is broken: {}", me.id(), *found->broken);
  return text_of(*found);
}

}  // namespace

lifeline::job_function verify_job(books_verifier verify) {
  return [verify = std::move(verify)](const context& ctx, const job& me) {
    return run(ctx, me, verify);
  };
}

}  // namespace bank::node
