import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core';
import { text } from './text';

// The console's own face: paper and ink by day, a night sky by night, one
// accent for what can be acted on, and colours with a word and a shape beside
// them for what is right or wrong.

const tide: MantineColorsTuple = [
  '#e3f6f5',
  '#c5e9e8',
  '#98d6d5',
  '#69c1c0',
  '#46aeae',
  '#2a9494',
  '#137c7e',
  '#0b6468',
  '#084f53',
  '#063b3f',
];

const ink: MantineColorsTuple = [
  '#d8dee9',
  '#b9c2d3',
  '#98a3b8',
  '#66718a',
  '#3b455c',
  '#2a3347',
  '#1c2434',
  '#131a28',
  '#0e141f',
  '#0a0f18',
];

const paper: MantineColorsTuple = [
  '#f7f8fa',
  '#eef0f4',
  '#e2e6ec',
  '#d0d6df',
  '#b6bfcc',
  '#8a95a6',
  '#5d6879',
  '#465063',
  '#2f384a',
  '#1b2333',
];

export const theme = createTheme({
  colors: { tide, dark: ink, gray: paper },
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  // Mantine chooses the colour of a label by the light theme's shade, and
  // writes white on the dark theme's bright one.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    if (input.variant !== 'filled' || input.color?.includes('.')) return colors;
    return { ...colors, color: 'light-dark(var(--mantine-color-white), var(--mantine-color-black))' };
  },
  black: '#141b29',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  focusRing: 'auto',
  // Mantine asks for it by name: whoever wants no motion gets none.
  respectReducedMotion: true,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '20px', xl: '32px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
      h4: { fontSize: '13px', lineHeight: '20px' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'xs', fw: 500, fz: 13 } },
    NativeSelect: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } } },
    Table: { defaultProps: { fz: 13, verticalSpacing: 4, horizontalSpacing: 8 } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': text.action.close } } },
    // What scrolls must take the focus, or a keyboard cannot scroll it.
    TableScrollContainer: { defaultProps: { tabIndex: 0 } },
    TextInput: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } } },
  },
});
