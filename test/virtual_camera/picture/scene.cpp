#include "scene.hpp"

#include "interval_encoder.hpp"
#include "stroke_font.hpp"

#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

namespace minidvr::virtual_camera {
namespace {

constexpr Color night{13, 20, 38};
constexpr Color dusk{30, 58, 92};
constexpr Color dawn{46, 110, 124};
constexpr Color horizon{226, 158, 108};
constexpr Color disc{14, 21, 36};
constexpr Color ring_color{104, 168, 190};
constexpr Color white{240, 246, 250};
constexpr Color soft_white{170, 190, 204};
constexpr Color ball_color{255, 196, 92};

// 75 % bars, as test cards have them.
constexpr std::array<Color, 8> bars{{{191, 191, 191},
                                     {191, 191, 0},
                                     {0, 191, 191},
                                     {0, 191, 0},
                                     {191, 0, 191},
                                     {191, 0, 0},
                                     {0, 0, 191},
                                     {16, 16, 16}}};

// In units.
constexpr float ring_radius = 8.0F;
constexpr float ring_width = 0.1F;
constexpr float disc_radius = 7.4F;
constexpr float ball_radius = 0.55F;
constexpr float glow_radius = 1.3F;
constexpr int clock_columns = 12;
constexpr int clock_height = 2;
constexpr int counter_columns = 4;
constexpr int counter_height = 1;

// Sensor noise, in coded steps: keeps gradients from banding and gives frames the size of a real
// camera's.
constexpr float grain = 1.5F;

// A well mixed number in -1..1 for every pixel, the same at every start.
float noise(int x, int y) {
  std::uint32_t hash =
      static_cast<std::uint32_t>(x) * 0x9e3779b1U ^ static_cast<std::uint32_t>(y) * 0x85ebca77U;
  hash ^= hash >> 15U;
  hash *= 0x2c1b3c6dU;
  hash ^= hash >> 12U;
  hash *= 0x297a2d39U;
  hash ^= hash >> 15U;
  return static_cast<float>(hash >> 8U) / 8388608.0F - 1.0F;
}

Color gradient(float height) {  // 0 = top, 1 = bottom
  if (height < 0.45F) {
    return mix(night, dusk, height / 0.45F);
  }
  if (height < 0.75F) {
    return mix(dusk, dawn, (height - 0.45F) / 0.3F);
  }
  return mix(dawn, horizon, (height - 0.75F) / 0.25F);
}

// The skyline of one range of hills, as a share of the height.
float hills(float x, float base, float phase) {
  return base + 0.030F * std::sin(5.1F * x + phase) + 0.016F * std::sin(11.7F * x + 2.3F * phase) +
         0.006F * std::sin(27.0F * x + 4.1F * phase);
}

}  // namespace

Scene::Scene(int width, int height)
    : unit_(width / columns_in_width),
      center_row_(height / (2 * unit_)),
      background_(width, height) {
  draw_backdrop();
  draw_ring();
  draw_color_bars();
  draw_texts();
}

void Scene::draw_backdrop() {
  const auto width = static_cast<float>(background_.width());
  const auto height = static_cast<float>(background_.height());
  struct Range {
    float base;
    float phase;
    Color color;
  };
  constexpr std::array<Range, 3> ranges{
      {{0.66F, 0.4F, {38, 78, 98}}, {0.74F, 2.1F, {26, 54, 74}}, {0.83F, 4.4F, {16, 34, 52}}}};
  for (int x = 0; x < background_.width(); ++x) {
    const float across = static_cast<float>(x) / width;
    std::array<float, ranges.size()> skylines{};
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      skylines[i] = hills(across, ranges[i].base, ranges[i].phase) * height;
    }
    for (int y = 0; y < background_.height(); ++y) {
      Color color = gradient(static_cast<float>(y) / height / 0.86F);
      for (std::size_t i = 0; i < ranges.size(); ++i) {
        color = mix(color, ranges[i].color, coverage(skylines[i] - static_cast<float>(y)));
      }
      const float step = grain * noise(x, y);
      background_.set(x, y, {color.red + step, color.green + step, color.blue + step});
    }
  }
}

void Scene::draw_ring() {
  const auto u = static_cast<float>(unit_);
  const int reach = static_cast<int>((ring_radius + 1.0F) * u);
  for (int dy = -reach; dy < reach; ++dy) {
    for (int dx = -reach; dx < reach; ++dx) {
      const float from_center =
          std::hypot(static_cast<float>(dx) + 0.5F, static_cast<float>(dy) + 0.5F);
      const int x = static_cast<int>(ring_x()) + dx;
      const int y = static_cast<int>(ring_y()) + dy;
      background_.blend(x, y, disc, coverage(from_center - disc_radius * u));
      background_.blend(x, y, ring_color,
                        coverage(std::abs(from_center - ring_radius * u) - ring_width * u / 2.0F));
    }
  }
  for (int minute = 0; minute < 60;
       ++minute) {  // ticks inside the disc's edge, longer ones every five
    const float angle = static_cast<float>(minute) * std::numbers::pi_v<float> / 30.0F;
    const float length = minute % 5 == 0 ? 0.45F : 0.2F;
    const int steps = static_cast<int>(std::ceil(length * u / 0.5F));
    for (int step = 0; step < steps; ++step) {
      const float along = 0.5F * static_cast<float>(step);
      const float from_center = (disc_radius - 0.25F) * u - along;
      const float x = ring_x() + from_center * std::sin(angle);
      const float y = ring_y() - from_center * std::cos(angle);
      const float thickness = (minute % 5 == 0 ? 0.045F : 0.03F) * u;
      for (int py = static_cast<int>(y) - 3; py <= static_cast<int>(y) + 3; ++py) {
        for (int px = static_cast<int>(x) - 3; px <= static_cast<int>(x) + 3; ++px) {
          const float away =
              std::hypot(static_cast<float>(px) + 0.5F - x, static_cast<float>(py) + 0.5F - y);
          background_.blend(px, py, ring_color, 0.5F * coverage(away - thickness));
        }
      }
    }
  }
}

void Scene::draw_color_bars() {
  const int top = background_.height() - unit_ * 5 / 4;
  const int bottom = background_.height() - unit_ / 2;
  const int bar_width = unit_ * 3 / 2;
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < bar_width * static_cast<int>(bars.size()); ++x) {
      background_.set(unit_ + x, y, bars[static_cast<std::size_t>(x / bar_width)]);
    }
    // A grey ramp as long as the bars, ending at the right margin.
    const int ramp = bar_width * static_cast<int>(bars.size());
    for (int x = 0; x < ramp; ++x) {
      const int sixteenth = x / (ramp / 16);
      const float grey = 255.0F * static_cast<float>(sixteenth) / 15.0F;
      background_.set(background_.width() - unit_ - ramp + x, y, {grey, grey, grey});
    }
  }
}

void Scene::draw_texts() {
  const auto u = static_cast<float>(unit_);
  const TextStyle title{0.72F * u, 0.1F * u, white};
  draw_text(background_, "Mini-DVR virtual camera", u, u, title);

  const std::string size =
      std::to_string(background_.width()) + " x " + std::to_string(background_.height());
  draw_text(background_, size,
            static_cast<float>(background_.width()) - u - text_width(size, title), u, title);

  const TextStyle caption{0.42F * u, 0.06F * u, soft_white};
  const auto centered = [&](std::string_view text, float top) {
    draw_text(background_, text, ring_x() - text_width(text, caption) / 2.0F, ring_y() + top * u,
              caption);
  };
  centered("local time", -3.4F);
  centered("frame", 1.2F);
}

CellArea Scene::clock_area() const {
  const int rows_per_unit = unit_ / cell_height;
  return {20 - clock_columns / 2, (center_row_ - 2) * rows_per_unit, clock_columns,
          clock_height * rows_per_unit};
}

CellArea Scene::counter_area() const {
  const int rows_per_unit = unit_ / cell_height;
  return {20 - counter_columns / 2, (center_row_ + 2) * rows_per_unit, counter_columns,
          counter_height * rows_per_unit};
}

Bitmap Scene::clock_glyphs() const {
  const auto u = static_cast<float>(unit_);
  const TextStyle style{1.36F * u, 0.14F * u, white};
  const auto count = static_cast<int>(std::strlen(clock_characters));
  Bitmap sheet(unit_, count * clock_height * unit_);
  sheet.fill(disc);
  for (int i = 0; i < count; ++i) {
    const float top = static_cast<float>(i * clock_height) * u + (clock_height - 1.36F) / 2.0F * u;
    draw_centered(sheet, clock_characters[i], u / 2.0F, top, style);
  }
  return sheet;
}

Bitmap Scene::counter_glyphs() const {
  const auto u = static_cast<float>(unit_);
  const TextStyle style{0.56F * u, 0.075F * u, ball_color};
  Bitmap sheet(unit_, 100 * counter_height * unit_);
  sheet.fill(disc);
  for (int pair = 0; pair < 100; ++pair) {
    const float top = static_cast<float>(pair) * u + 0.22F * u;
    draw_centered(sheet, static_cast<char>('0' + pair / 10), 0.25F * u, top, style);
    draw_centered(sheet, static_cast<char>('0' + pair % 10), 0.75F * u, top, style);
  }
  return sheet;
}

CellArea Scene::ball_area(float turn) const {
  const float angle = turn * 2.0F * std::numbers::pi_v<float>;
  const auto u = static_cast<float>(unit_);
  const float x = ring_x() + ring_radius * u * std::sin(angle);
  const float y = ring_y() - ring_radius * u * std::cos(angle);
  const int column = static_cast<int>((x - glow_radius * u) / u);
  const int row = static_cast<int>((y - glow_radius * u) / cell_height);
  return {column, row, static_cast<int>((x + glow_radius * u) / u) + 1 - column,
          static_cast<int>((y + glow_radius * u) / cell_height) + 1 - row};
}

Bitmap Scene::ball(float turn, const CellArea& area) const {
  const float angle = turn * 2.0F * std::numbers::pi_v<float>;
  const auto u = static_cast<float>(unit_);
  const float center_x = ring_x() + ring_radius * u * std::sin(angle);
  const float center_y = ring_y() - ring_radius * u * std::cos(angle);

  const int left = area.column * unit_;
  const int top = area.row * cell_height;
  Bitmap picture(area.columns * unit_, area.rows * cell_height);
  for (int y = 0; y < picture.height(); ++y) {
    std::memcpy(picture.row(y), background_.row(top + y) + left * 3,
                static_cast<std::size_t>(picture.width()) * 3);
    const float dy = static_cast<float>(top + y) + 0.5F - center_y;
    for (int x = 0; x < picture.width(); ++x) {
      const float dx = static_cast<float>(left + x) + 0.5F - center_x;
      const float squared = dx * dx + dy * dy;
      if (squared >= glow_radius * glow_radius * u * u) {
        continue;
      }
      const float distance = std::sqrt(squared);
      const float glow = 1.0F - distance / (glow_radius * u);
      picture.blend(x, y, ball_color, 0.55F * glow * glow);
      picture.blend(x, y, ball_color, coverage(distance - ball_radius * u));
    }
  }
  return picture;
}

}  // namespace minidvr::virtual_camera
