import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist/', 'node_modules/', '*.d.ts', 'src/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'complexity': ['error', 8],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 80],
      'no-console': 'error',
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Calls go through src/api.' }],
      'no-restricted-syntax': ['error', { selector: 'Property[key.name="innerHTML"]', message: 'No markup from strings.' }],
      'vue/multi-word-component-names': 'off',
      'vue/max-lines-per-block': ['error', { template: 150, script: 150 }],
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/attributes-order': 'off',
      'vue/no-v-html': 'error',
    },
  },
  { files: ['src/api/*.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
)
