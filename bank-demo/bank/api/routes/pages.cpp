#include "bank/api/routes/pages.hpp"

#include "bank/pages/page_file.hpp"

namespace bank::api {

namespace {

constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

handled page(request_context& x) {
  const pages::page_file* file = pages::find_file(x.req.path);
  if (file == nullptr) return no_such("path", x.req.path);
  x.out.content_type = file->content_type;
  x.out.etag = file->tag;
  // A new node may have new pages under the same names: caches must revalidate.
  x.out.cache_control = "no-cache";
  x.out.add_field("Content-Security-Policy", content_policy);
  x.out.add_field("X-Content-Type-Options", "nosniff");
  x.out.add_field("Referrer-Policy", "no-referrer");
  x.out.add_field("Cross-Origin-Resource-Policy", "same-origin");
  x.out.body += file->bytes;
  return std::nullopt;
}

}  // namespace bank::api
