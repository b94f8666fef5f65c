#include "stroke_font.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

namespace minidvr::virtual_camera {
namespace {

// A glyph is a path in units of the cap height, y downwards from the top of a capital, 1 =
// baseline.
//   M x y                  start a stroke       L x y                   line to
//   C x1 y1 x2 y2 x y      cubic curve to       E cx cy rx ry from to   part of an ellipse,
//   degrees, 0 = right, 90 = down
struct Glyph {
  char character;
  float width;
  const char* path;
};

constexpr std::array glyphs{
    Glyph{'0', .60F, "E .3 .3 .3 .3 180 360 L .6 .7 E .3 .7 .3 .3 0 180 L 0 .3"},
    Glyph{'1', .36F, "M 0 .22 L .3 0 L .3 1"},
    Glyph{'2', .60F, "E .3 .29 .29 .29 185 395 C .45 .6 .1 .85 .01 1 L .6 1"},
    Glyph{'3', .60F, "E .29 .265 .265 .265 195 450 E .29 .73 .30 .27 -90 165"},
    Glyph{'4', .62F, "M .47 1 L .47 0 L 0 .7 L .62 .7"},
    Glyph{'5', .60F, "M .54 0 L .1 0 L .06 .44 C .14 .37 .22 .36 .3 .36 E .29 .68 .31 .32 -88 150"},
    Glyph{'6', .60F, "E .3 .69 .3 .31 0 360 M 0 .69 C 0 .38 .16 .08 .46 0"},
    Glyph{'7', .58F, "M 0 0 L .58 0 C .4 .28 .24 .6 .2 1"},
    Glyph{'8', .60F, "E .3 .25 .25 .25 0 360 E .3 .75 .3 .25 0 360"},
    Glyph{'9', .60F, "E .3 .31 .3 .31 0 360 M .6 .31 C .6 .62 .44 .92 .14 1"},
    Glyph{':', .02F, "M .01 .3 L .01 .31 M .01 .82 L .01 .83"},
    Glyph{'.', .02F, "M .01 .99 L .01 1"},
    Glyph{'-', .34F, "M 0 .62 L .34 .62"},
    Glyph{'D', .66F, "M 0 0 L 0 1 L .2 1 C .9 1 .9 0 .2 0 L 0 0"},
    Glyph{'M', .80F, "M 0 1 L 0 0 L .4 .62 L .8 0 L .8 1"},
    Glyph{'R', .62F, "M 0 1 L 0 0 L .32 0 E .32 .27 .28 .27 -90 90 L 0 .54 M .32 .54 L .62 1"},
    Glyph{'V', .72F, "M 0 0 L .36 1 L .72 0"},
    Glyph{'a', .50F, "E .25 .66 .25 .34 0 360 M .5 .32 L .5 1"},
    Glyph{'c', .46F, "E .27 .66 .27 .34 -45 -315"},
    Glyph{'e', .52F, "M 0 .65 L .52 .65 E .26 .66 .26 .34 0 -315"},
    Glyph{'f', .34F, "M .34 .01 C .2 -.04 .12 .04 .12 .2 L .12 1 M 0 .34 L .32 .34"},
    Glyph{'i', .02F, "M .01 .33 L .01 1 M .01 .06 L .01 .07"},
    Glyph{'k', .46F, "M 0 -.02 L 0 1 M .42 .33 L 0 .72 M .16 .59 L .46 1"},
    Glyph{'l', .02F, "M .01 -.02 L .01 1"},
    Glyph{'m', .80F,
          "M 0 1 L 0 .33 M 0 .58 E .2 .53 .2 .2 180 360 L .4 1 M .4 .58 E .6 .53 .2 .2 180 360 L "
          ".8 1"},
    Glyph{'n', .46F, "M 0 1 L 0 .33 M 0 .58 E .23 .555 .23 .225 180 360 L .46 1"},
    Glyph{'o', .54F, "E .27 .66 .27 .34 0 360"},
    Glyph{'r', .28F, "M 0 1 L 0 .33 M 0 .62 C .02 .42 .14 .32 .28 .34"},
    Glyph{'t', .34F, "M .12 .1 L .12 .8 C .12 .98 .22 1.02 .34 .98 M 0 .34 L .32 .34"},
    Glyph{'u', .46F, "M 0 .33 L 0 .775 E .23 .775 .23 .225 180 0 M .46 .33 L .46 1"},
    Glyph{'v', .48F, "M 0 .33 L .24 1 L .48 .33"},
    Glyph{'x', .44F, "M 0 .38 L .44 .98 M .44 .38 L 0 .98"},
    Glyph{' ', .22F, ""},
};

constexpr float letter_spacing =
    0.2F;  // of the cap height, plus nothing else: the strokes' caps eat some of it

struct Point {
  float x;
  float y;
};

struct Segment {
  Point from;
  Point to;
};

const Glyph& find_glyph(char character) {
  for (const Glyph& glyph : glyphs) {
    if (glyph.character == character) {
      return glyph;
    }
  }
  return glyphs.back();
}

// Follows a path and keeps it as short straight pieces.
class Pen {
 public:
  void follow(const char* path) {
    while (*path != '\0') {
      const char command = *path++;
      switch (command) {
        case 'M':
          move(read_point(path));
          break;
        case 'L':
          line(read_point(path));
          break;
        case 'C': {
          const Point first = read_point(path);
          const Point second = read_point(path);
          curve(first, second, read_point(path));
          break;
        }
        case 'E': {
          const Point center = read_point(path);
          const Point radius = read_point(path);
          arc(center, radius, read_point(path));
          break;
        }
        default:
          break;  // spaces between commands
      }
    }
  }

  const std::vector<Segment>& segments() const { return segments_; }

 private:
  static constexpr int curve_pieces = 20;

  static Point read_point(const char*& path) {
    const float x = read_number(path);
    return {x, read_number(path)};
  }

  // strtof would obey the host's locale, where a decimal comma may be expected.
  static float read_number(const char*& path) {
    while (*path == ' ') {
      ++path;
    }
    const float sign = *path == '-' ? -1.0F : 1.0F;
    path += *path == '-' ? 1 : 0;
    float value = 0.0F;
    for (; *path >= '0' && *path <= '9'; ++path) {
      value = value * 10.0F + static_cast<float>(*path - '0');
    }
    if (*path == '.') {
      float digit = 0.1F;
      for (++path; *path >= '0' && *path <= '9'; ++path, digit /= 10.0F) {
        value += digit * static_cast<float>(*path - '0');
      }
    }
    return sign * value;
  }

  void move(Point to) {
    at_ = to;
    drawing_ = true;
  }

  void line(Point to) {
    segments_.push_back({at_, to});
    at_ = to;
  }

  void curve(Point first, Point second, Point end) {
    const Point start = at_;
    for (int i = 1; i <= curve_pieces; ++i) {
      const float t = static_cast<float>(i) / curve_pieces;
      const float s = 1.0F - t;
      const float a = s * s * s;
      const float b = 3.0F * s * s * t;
      const float c = 3.0F * s * t * t;
      const float d = t * t * t;
      line({a * start.x + b * first.x + c * second.x + d * end.x,
            a * start.y + b * first.y + c * second.y + d * end.y});
    }
  }

  void arc(Point center, Point radius, Point degrees) {
    for (int i = 0; i <= curve_pieces; ++i) {
      const float angle =
          degrees.x + (degrees.y - degrees.x) * static_cast<float>(i) / curve_pieces;
      const float radians = angle * std::numbers::pi_v<float> / 180.0F;
      const Point to{center.x + radius.x * std::cos(radians),
                     center.y + radius.y * std::sin(radians)};
      if (i == 0 && (!drawing_ || distance_to(to) > 0.1F)) {
        move(to);
      } else {
        line(to);
      }
    }
    drawing_ = true;
  }

  float distance_to(Point point) const { return std::hypot(point.x - at_.x, point.y - at_.y); }

  Point at_{};
  bool drawing_ = false;
  std::vector<Segment> segments_;
};

float distance(Point point, const Segment& segment) {
  const float dx = segment.to.x - segment.from.x;
  const float dy = segment.to.y - segment.from.y;
  const float length_squared = dx * dx + dy * dy;
  float along = 0.0F;
  if (length_squared > 0.0F) {
    along = ((point.x - segment.from.x) * dx + (point.y - segment.from.y) * dy) / length_squared;
    along = std::clamp(along, 0.0F, 1.0F);
  }
  return std::hypot(point.x - segment.from.x - along * dx, point.y - segment.from.y - along * dy);
}

void draw_glyph(Bitmap& bitmap, const Glyph& glyph, float left, float top, const TextStyle& style) {
  Pen pen;
  pen.follow(glyph.path);

  // Overlapping strokes must not be blended twice, so coverage is collected first.
  const float margin = style.stroke / 2.0F + 1.0F;
  const int x0 = static_cast<int>(std::floor(left - margin - 0.05F * style.cap_height));
  const int y0 = static_cast<int>(std::floor(top - margin - 0.05F * style.cap_height));
  const int width = static_cast<int>(std::ceil(glyph.width * style.cap_height + 2.2F * margin +
                                               0.1F * style.cap_height)) +
                    1;
  const int height = static_cast<int>(std::ceil(1.1F * style.cap_height + 2.0F * margin)) + 1;
  std::vector<float> covered(static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                             0.0F);

  for (Segment segment : pen.segments()) {
    for (Point* point : {&segment.from, &segment.to}) {
      point->x = left + point->x * style.cap_height;
      point->y = top + point->y * style.cap_height;
    }
    const int first_x =
        std::max(x0, static_cast<int>(std::min(segment.from.x, segment.to.x) - margin));
    const int last_x =
        std::min(x0 + width - 1, static_cast<int>(std::max(segment.from.x, segment.to.x) + margin));
    const int first_y =
        std::max(y0, static_cast<int>(std::min(segment.from.y, segment.to.y) - margin));
    const int last_y = std::min(y0 + height - 1,
                                static_cast<int>(std::max(segment.from.y, segment.to.y) + margin));
    for (int y = first_y; y <= last_y; ++y) {
      for (int x = first_x; x <= last_x; ++x) {
        const Point center{static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F};
        float& cell = covered[static_cast<std::size_t>(y - y0) * static_cast<std::size_t>(width) +
                              static_cast<std::size_t>(x - x0)];
        cell = std::max(cell, coverage(distance(center, segment) - style.stroke / 2.0F));
      }
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      bitmap.blend(x0 + x, y0 + y, style.color,
                   covered[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                           static_cast<std::size_t>(x)]);
    }
  }
}

}  // namespace

float text_width(std::string_view text, const TextStyle& style) {
  float width = 0.0F;
  for (const char character : text) {
    width += (find_glyph(character).width + letter_spacing) * style.cap_height;
  }
  return text.empty() ? 0.0F : width - letter_spacing * style.cap_height;
}

void draw_text(Bitmap& bitmap, std::string_view text, float left, float top,
               const TextStyle& style) {
  for (const char character : text) {
    const Glyph& glyph = find_glyph(character);
    draw_glyph(bitmap, glyph, left, top, style);
    left += (glyph.width + letter_spacing) * style.cap_height;
  }
}

void draw_centered(Bitmap& bitmap, char character, float center, float top,
                   const TextStyle& style) {
  const Glyph& glyph = find_glyph(character);
  draw_glyph(bitmap, glyph, center - glyph.width * style.cap_height / 2.0F, top, style);
}

}  // namespace minidvr::virtual_camera
