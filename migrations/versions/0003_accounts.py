"""Staff, their sign-ins and how often signing in failed."""

import sqlalchemy as sa
from alembic import op

import studio.db

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sign_in_tries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('failures', sa.BigInteger(), nullable=False),
    sa.Column('tried_at', studio.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('blocked_until', studio.db.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_tries')),
    sa.UniqueConstraint('key', name=op.f('uq_sign_in_tries_key'))
    )
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_tries_tried_at'), ['tried_at'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.Enum('owner', 'manager', 'photographer', 'prep', name='role', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('password', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('fs_uniquifier', sa.String(), nullable=False),
    sa.Column('photographer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', studio.db.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role <> 'photographer' OR photographer_id IS NOT NULL", name=op.f('ck_users_whose')),
    sa.ForeignKeyConstraint(['photographer_id'], ['photographers.id'], name=op.f('fk_users_photographer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_users_fs_uniquifier'))
    )
    op.create_table('sign_ins',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id_hash', sa.String(), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('data', sa.Text(), nullable=False),
    sa.Column('created_at', studio.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', studio.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sign_ins_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins')),
    sa.UniqueConstraint('id_hash', name=op.f('uq_sign_ins_id_hash'))
    )
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_ins_user_id'), ['user_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_ins_user_id'))

    op.drop_table('sign_ins')
    op.drop_table('users')
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_tries_tried_at'))

    op.drop_table('sign_in_tries')
