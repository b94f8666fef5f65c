// A monoline typeface drawn from strokes, so that no font file is needed at any size.
#pragma once

#include "bitmap.hpp"

#include <string_view>

namespace minidvr::virtual_camera {

struct TextStyle {
  float cap_height;  // pixels from baseline to the top of a capital or digit
  float stroke;      // thickness in pixels
  Color color;
};

// Width in pixels of the text as drawn by draw_text.
float text_width(std::string_view text, const TextStyle& style);

// (left, top) is the top left corner of a capital. Characters the typeface lacks are drawn as a
// space.
void draw_text(Bitmap& bitmap, std::string_view text, float left, float top,
               const TextStyle& style);

// One character centred in a column, for digits that must not move when their value changes.
void draw_centered(Bitmap& bitmap, char character, float center, float top, const TextStyle& style);

}  // namespace minidvr::virtual_camera
