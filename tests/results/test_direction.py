"""Whether a metric's name tells that less or more of it is better."""

from __future__ import annotations

import pytest

from sweeper.results.direction import by_name
from sweeper.results.vocabulary import LESS, MORE, NEUTRAL

LESS_IS_BETTER = """
    mpjpe pa_mpjpe p_mpjpe nme epe aepe abs_rel chamfer hausdorff ate rpe nll neg_log_likelihood
    cross-entropy bce errors test_losses eer smape bits_per_dim inference_time wer cer per val/per
    test.PER fpr fnr far frr hter apcer bpcer perplexity latency flops GFLOPs params n_params lpips fid
    kid rmse mse mae mape rmsle medae ece brier brier_score kl divergence sq_rel silog log10 fl_all
    mpjve pve rte rre assd emd wasserstein mmd cd valLoss ValidMSE RMSELoss val_loss_epoch
    train/loss_step loss@10 best_loss loss_iou loss/dice loss_1 losses loss1 LPIPSLoss cross_entropy
    CrossEntropyLoss crossentropy categorical_crossentropy neg_elbo negative_log_likelihood NLLLoss
    errors_per_second seconds_per_step time_per_batch loss_per_token bits/dim bitsPerByte eval_runtime
    word_error_rate equal_error_rate false_positive_rate false_alarms miss_rate fpr95 FPR@95TPR
    fpr_at_95_tpr hd95 HD_95 1-ssim 1-val_acc acc_drop valloss testerror avgloss celoss clsloss
    mean_per_joint_position_error time_to_first_token generalization_gap memory peak_memory_mb
    joules_per_token mean_rank minADE mATE EPE3D bad_2.0 kl_loss eval/perplexity
    mean_absolute_percentage_error root_mean_squared_error max_error error_rate Top-1_error err@1
    end_point_error inception_distance frechet_inception_distance d1_all chamfer_l1 regret policy_loss
    ms_per_image FID↓ neg_accuracy penalties latencies eval_nll calibration_error accuracy_loss mlogloss
    binary_logloss multi_error nrmse wmae irmse abs-rel AbsRel sqRel SILog depth.abs_rel pa-mpjpe
    PA_MPJPE fold0/val_loss tokens/error val_err hamming_distance collisions collision_rate latency_ms
    rmse_log log_rmse fp_per_image time_to_accuracy
"""
MORE_IS_BETTER = """
    psnr ssim acc val_acc f1 map mAP mAP@0.5 mAP50 AP50 APs iou miou mIoU val/mIoU dice auc recall r2
    R2Score reward return pck delta1 delta_1 a1 error_free neg_loss negative_mse neg_mean_absolute_error
    neg_root_mean_squared_error neg_log_loss neg_mean_squared_error neg_median_absolute_error
    neg_brier_score neg_mean_poisson_deviance negRMSE log_likelihood loglik fps throughput
    samples_per_second eval_samples_per_second samples/sec tokens/s flops_per_second tflops
    iterations_per_second recall@5 pose_error_auc@5 pose_auc accuracy_under_attack TPR@FPR
    peak_signal_to_noise_ratio intersection_over_union per_class_acc iou_per_class
    mean_per_class_accuracy reward_per_episode error_reduction loss_improvement success_rate top1
    top5_acc top1Acc hits@10 ndcg@10 bleu rouge1 rouge_l bertscore exact_match mrr kappa mcc pearsonr
    spearman explained_variance explained_variance_score silhouette_score d2_absolute_error_score
    inception_score elbo speedup mfu AUROC balanced_accuracy bacc average_precision ms_ssim si_sdr pesq
    bertscore_f1 testacc meaniou bestacc true_positive_rate negative_predictive_value pass@1 rank_1
    rank1 gpu_utilization score val_score accuracies success_in_time ↑x val_f1_score F1Score
    cosine_similarity dice_coef correlation_coefficient neg_error acc_at_min_loss hit_rate
    collision_free rollout/ep_rew_mean mean_time_between_failures time_saved tar_at_far route_completion
    acc_norm
"""
NOBODY_CAN_TELL = """
    metric x y loss_scale lossless mirror gloss learning_rate lr epoch step kl_weight loss_weight
    timestep time_step val_acc_std loss_std grad_norm tokens_per_sample entropy temperature
    eer_threshold global_step num_samples value objective result ratio seed depth alpha batch_size n
    output time_limit ep_len_mean acc_stderr
"""


@pytest.mark.parametrize("name", LESS_IS_BETTER.split())
def test_losses_errors_distances_times_and_costs_are_better_small(name):
    """Whatever stands around the word that tells, and however the name is written."""
    assert by_name(name) == "min"


@pytest.mark.parametrize("name", MORE_IS_BETTER.split())
def test_scores_rewards_speeds_and_negated_losses_are_better_large(name):
    """Also of what is called after a loss, but is none."""
    assert by_name(name) == "max"


@pytest.mark.parametrize("name", NOBODY_CAN_TELL.split())
def test_of_other_names_nobody_can_tell(name):
    """Settings, counters and spreads have no direction, even if a loss is in their name."""
    assert by_name(name) is None


@pytest.mark.parametrize(
    "name", ["Accuracy (%) on test", "dernière perte: loss", "损失", "", "_", "loss" * 500]
)
def test_any_text_may_be_a_name(name):
    """Nothing that a program reports is too odd to be asked about."""
    assert by_name(name) in ("max", "min", None)


def test_no_word_is_listed_twice():
    """A word in two lists would be decided by their order."""
    assert not LESS & MORE
    assert not (LESS | MORE) & NEUTRAL
