// The test scene: what stands still, and the parts that move or count, drawn separately.
//
// All measures are in "units": 1/40 of the width, which is also the width of an encoder cell. So
// digits and other parts lie on the cell grid at every size, and can be encoded apart from the
// background.
#pragma once

#include "bitmap.hpp"

namespace minidvr::virtual_camera {

// A rectangle of cells: columns of one unit, rows of cell_height lines.
struct CellArea {
  int column;
  int row;
  int columns;
  int rows;
};

class Scene {
 public:
  Scene(int width, int height);

  int unit() const { return unit_; }
  const Bitmap& background() const { return background_; }

  // The clock reads "hh:mm:ss.mmm", one column a character, from this area on; the counter two
  // digits a column.
  CellArea clock_area() const;
  CellArea counter_area() const;

  // Pictures one unit wide with all glyphs below each other, in the order of clock_glyphs, or "00"
  // to "99".
  Bitmap clock_glyphs() const;
  Bitmap counter_glyphs() const;

  // The ball at `turn` (0..1, one round), drawn over the background of the cells it touches.
  CellArea ball_area(float turn) const;
  Bitmap ball(float turn, const CellArea& area) const;

 private:
  void draw_backdrop();
  void draw_ring();
  void draw_color_bars();
  void draw_texts();
  float ring_x() const { return static_cast<float>(20 * unit_); }
  float ring_y() const { return static_cast<float>(center_row_ * unit_); }

  int unit_;
  int center_row_;  // of the ring, in units
  Bitmap background_;
};

inline constexpr const char* clock_characters = "0123456789:.";
inline constexpr int columns_in_width = 40;

}  // namespace minidvr::virtual_camera
