-- CreateTable
CREATE TABLE "provider_hold" (
    "provider" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_hold_pkey" PRIMARY KEY ("provider")
);
