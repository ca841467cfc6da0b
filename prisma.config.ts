import { defineConfig } from 'prisma/config'

// For Prisma's own command line. The application reads its environment in domain/config.ts and migrates with prisma/migrate.ts.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
