#include "bank/storage/postgres/url.hpp"

#include <gtest/gtest.h>

namespace bank::storage {
namespace {

TEST(a_postgres_url, may_have_each_form_that_libpq_takes) {
  for (const char* right :
       {"postgresql://user:p%40ss@host:5433/bank?sslmode=verify-full&connect_timeout=3",
        "postgres://", "postgresql:///bank?host=/run/postgresql", "postgresql://[::1]/bank",
        "postgresql://a,b:5433/bank?target_session_attrs=read-write",
        "host=localhost port=5432 dbname=bank password='with = sign'", "dbname=bank",
        "postgresql://a:1,b:2/bank"})
    EXPECT_EQ(wrong_postgres_url(right), "") << right;
}

TEST(a_postgres_url, is_refused_before_any_connection) {
  struct row {
    const char* url;
    const char* why;
  };
  const char* form = "must be postgresql://user@host/database, or another form that libpq accepts";
  for (const row& r : {
           row{"mysql://x", form},
           row{"http://host/bank", form},
           row{"host", form},
           row{"postgresql://h/d?colour=green", form},
           row{"postgresql://h:5432:1/d?x", form},
           row{"dbname='bank", form},
           row{"postgresql://h:70000/d", "has an invalid port, which must be from 1 to 65535"},
           row{"postgresql://h:none/d", "has an invalid port, which must be from 1 to 65535"},
           row{"host=a,b port=1,2,3", "has different numbers of ports and hosts"},
           row{"postgresql://h/d?connect_timeout=soon",
               "has an invalid connect_timeout, which must be an integer"},
           row{"postgresql://h/d?channel_binding=no",
               "has an invalid channel_binding, which must be one of disable, prefer, require"},
       })
    EXPECT_EQ(wrong_postgres_url(r.url), r.why) << r.url;
}

TEST(a_postgres_url, is_not_quoted_for_it_may_hold_a_password) {
  for (const char* url :
       {"mysql://me:secret@h/d", "password=my secret", "postgresql://me:secret@h:x"})
    EXPECT_EQ(wrong_postgres_url(url).find("secret"), std::string::npos) << url;
}

}  // namespace
}  // namespace bank::storage
