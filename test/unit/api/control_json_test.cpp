#include "api/control_json.hpp"

#include "unit/controls/fixture.hpp"

#include <boost/json/serialize.hpp>

namespace minidvr::api {
namespace json = boost::json;

namespace {
std::string text_of(const char* id) {
  return json::serialize(control_json(controls::get(controls::vivid(), id)));
}
}  // namespace

TEST_CASE("each type has the fields of the contract that it has", "[controls][json]") {
  CHECK(text_of("hue") ==
        R"({"id":"hue","name":"Hue","type":"int","value":0,"default":0,"min":-128,"max":128,)"
        R"("step":1,"category":"User Controls","flags":["slider"]})");
  CHECK(text_of("gain_automatic") ==
        R"({"id":"gain_automatic","name":"Gain Automatic","type":"bool","value":true,)"
        R"("default":true,"category":"User Controls","flags":["update"]})");
  CHECK(text_of("menu") ==
        R"({"id":"menu","name":"Menu","type":"menu","value":3,"default":3,"min":1,"max":4,)"
        R"("category":"User Controls","flags":[],"options":[{"value":1,"label":"Menu Item 1"},)"
        R"({"value":3,"label":"Menu Item 3"},{"value":4,"label":"Menu Item 4"}]})");
  CHECK(text_of("string") ==
        R"({"id":"string","name":"String","type":"string","value":"  ","min":2,"max":4,"step":1,)"
        R"("category":"User Controls","flags":["has-payload"]})");
  CHECK(text_of("bitmask") ==
        R"({"id":"bitmask","name":"Bitmask","type":"bitmask","value":2147491840,)"
        R"("default":2147491840,"max":2151686160,"category":"User Controls","flags":[]})");
  CHECK(text_of("button") ==
        R"({"id":"button","name":"Button","type":"button","category":"User Controls",)"
        R"("flags":["write-only","execute-on-write"]})");
  CHECK(text_of("area") == R"({"id":"area","name":"Area","type":"other","value":"1000x2000",)"
                           R"("category":"User Controls","flags":["has-payload"]})");
  CHECK(text_of("integer_64_bits") ==
        R"({"id":"integer_64_bits","name":"Integer 64 Bits","type":"int64","value":0,"default":0,)"
        R"("min":-9223372036854775808,"max":9223372036854775807,"step":1,)"
        R"("category":"User Controls","flags":[]})");
}

}  // namespace minidvr::api
