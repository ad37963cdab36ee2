/** Axe options that require 7:1 between all text and its background. By default (AAA) it accepts 4.5:1 for large text. */
export const CONTRAST_OF_ALL_TEXT = {
  'color-contrast': {
    options: {
      ...{ ignoreUnicode: true, ignoreLength: false, ignorePseudo: false, pseudoSizeThreshold: 0.25 },
      ...{ boldValue: 700, boldTextPt: 14, largeTextPt: 18, shadowOutlineEmMax: 0.2, textStrokeEmMin: 0.03 },
      contrastRatio: { normal: { expected: 7 }, large: { expected: 7 } },
    },
  },
};
