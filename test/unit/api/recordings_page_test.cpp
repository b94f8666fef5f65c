#include "api/recordings_page.hpp"

#include <catch2/catch.hpp>

using namespace minidvr::api;

TEST_CASE("no text becomes a part of the page's language") {
  CHECK(html_text("a note") == "a note");
  CHECK(html_text("<script>\"&'</script>") == "&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;");
  CHECK(html_text("Tür") == "Tür");
}

TEST_CASE("the page is in the language that is named first of those that it knows") {
  for (const auto* spanish : {"es", "es-ES,en;q=0.5", "fr, es-MX;q=0.8, en;q=0.7"})
    CHECK(prefers_spanish(spanish));
  for (const auto* english : {"", "en", "en-US,es;q=0.5", "fr", ",", ", ,", "e", "fr,en,es"})
    CHECK_FALSE(prefers_spanish(english));
}
