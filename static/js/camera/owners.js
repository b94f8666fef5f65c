// Which automatic makes a control inactive. The driver only says that it is inactive; these pairs are common to UVC cameras,
// under the names of old and new kernels.
const pairs = [
  { owned: ['exposure_time_absolute', 'exposure_absolute'], owners: ['auto_exposure', 'exposure_auto'], manual: 1 },
  { owned: ['white_balance_temperature', 'red_balance', 'blue_balance', 'white_balance_red_component', 'white_balance_blue_component'],
    owners: ['white_balance_automatic', 'white_balance_temperature_auto', 'white_balance_auto_preset', 'white_balance_component_auto'], manual: 0 },
  { owned: ['focus_absolute'], owners: ['focus_automatic_continuous', 'focus_auto'], manual: 0 },
  { owned: ['gain'], owners: ['gain_automatic', 'autogain'], manual: 0 },
];

// What would give `control` back to the user: {owner, manual}, the control that has taken it and the value to set it to.
export function ownerOf(control, controls) {
  const pair = pairs.find(({ owned }) => owned.includes(control.id));
  const names = pair?.owners ?? [`${control.id}_automatic`, `${control.id}_auto`];
  const owner = names.map((id) => controls.get(id)).find(Boolean);
  const manual = pair?.manual ?? 0;
  return owner && { owner, manual: owner.type === 'bool' ? Boolean(manual) : manual };
}
