import { expect, test } from 'vitest'
import { readImages, renderImages } from '../../../src/settings/values/images.ts'

test.each([
  ['1 x 512x512', { count: 1, width: 512, height: 512 }],
  ['3 × 1024×768', { count: 3, width: 1024, height: 768 }],
  ['2x16x4096', { count: 2, width: 16, height: 4096 }],
  ['512x300', { count: 1, width: 512, height: 300 }],
])('%s is so many images of a size, and is read back', (text, images) => {
  expect(readImages(text)).toEqual(images)
  expect(readImages(renderImages(images))).toEqual(images)
})

test.each([
  '',
  '1',
  '512',
  '0 x 512x512',
  '65 x 64x64',
  '1 x 8x8',
  '1 x 512x5000',
  '1 x 2 x 3 x 4',
  '-1 x 64x64',
  '1e3x64',
])('%j is none, and what is allowed is said', (text) => {
  expect(() => readImages(text)).toThrow('for example 1 x 512x512: up to 64 images with sides of 16 to 4096 pixels')
})
