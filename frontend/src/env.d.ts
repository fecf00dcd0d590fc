/// <reference types="vite/client" />

declare module 'virtual:styles.css'
