-- When each field and attribute of a profile was last said, in milliseconds since 1970: what arrives late and is older does not hold.
CREATE TABLE "profile_told" (
    "customer" INTEGER NOT NULL,
    "told" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "profile_told_pkey" PRIMARY KEY ("customer")
);
